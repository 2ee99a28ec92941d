// Asks one SPARQL endpoint through Comunica and prints the bindings as JSON: node comunica.mjs MODULES URL QUERY
import { createRequire } from 'node:module';

const [modules, url, query] = process.argv.slice(2);
const { QueryEngine } = createRequire(modules + '/')('@comunica/query-sparql');
const bindings = await new QueryEngine().queryBindings(query, { sources: [{ type: 'sparql', value: url }] });
const rows = await bindings.toArray();
console.log(JSON.stringify(rows.map((row) => Object.fromEntries([...row].map(([variable, term]) => [variable.value, term.value])))));
