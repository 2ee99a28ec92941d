-- For wrk: the same URL always, or (with a fourth argument) one query of a file after the other.
-- Arguments: Accept for SELECT, Accept for CONSTRUCT, number of this run, file of queries.
local threads, count = 0, 0

function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

function init(arguments)
    accept = { S = arguments[1], G = arguments[2] }
    run = arguments[3]
    headers = { S = { Accept = accept.S }, G = { Accept = accept.G } }
    if arguments[4] then
        lines = {}
        for line in io.lines(arguments[4]) do lines[#lines + 1] = line end
        count = id * 104729 + run * 7919 -- threads and runs begin at different places
    else
        fixed = wrk.format("GET", nil, headers.S)
    end
end

function request()
    if fixed then return fixed end
    count = count + 1
    local line = lines[count % #lines + 1]
    -- "%20%23" is " #": a comment with thread, run and counter, so that no text comes twice
    return wrk.format("GET", wrk.path .. line:sub(2) .. "%20%23" .. id .. "." .. run .. "." .. count, headers[line:sub(1, 1)])
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('{"requests": %d, "seconds": %.6f, "failed": %d, "p50": %d, "p99": %d}\n', summary.requests, summary.duration / 1e6,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50), latency:percentile(99)))
end
