"""What the graph says the source does not say is what it does not say: computed again from the stated data."""

from rdflib import URIRef

from cpbm_kg.vocabulary import BASE, BM, CV, DCTERMS, OA, RDF, SCHEMA

KIND = BASE + "id/silence-kind/"


def targets(dataset, kind: str) -> set[URIRef]:
    editorial = dataset.layers["editorial"]
    return {target for note in editorial.subjects(DCTERMS.type, URIRef(KIND + kind)) for target in editorial.objects(note, OA.hasTarget)}


def test_the_unprinted_numbers_are_those_up_to_the_highest_that_no_action_bears(dataset):
    source, editorial = dataset.layers["source"], dataset.layers["editorial"]
    plan = next(source.subjects(RDF.type, BM.ActionPlan))
    printed = {int(number) for number in source.objects(None, BM.number)}
    noted = {int(editorial.value(note, SCHEMA.value)) for note in editorial.subjects(DCTERMS.type, URIRef(KIND + "unprinted-number"))}
    assert noted == set(range(1, int(source.value(plan, BM.highestNumber)) + 1)) - printed
    assert len(noted) == 70


def test_the_actions_without_an_actor_are_those_that_name_none(dataset):
    source = dataset.layers["source"]
    naming = {thing for thing in source.subjects(BM.namesAgent)}
    naming |= {action for action, measure in source.subject_objects(BM.hasMeasure) if measure in naming}
    assert targets(dataset, "no-actor-named") == set(source.subjects(RDF.type, BM.Action)) - naming


def test_the_meetings_without_place_hours_or_weekday_are_those_that_print_none(dataset):
    source = dataset.layers["source"]
    meetings = {*source.subjects(RDF.type, BM.Workshop), *source.subjects(RDF.type, BM.CommitteeMeeting)}
    assert targets(dataset, "no-place") & meetings == {m for m in meetings if not source.value(m, SCHEMA.location)}
    assert targets(dataset, "no-hours") & meetings == {m for m in meetings if "T" not in str(source.value(m, SCHEMA.startDate))}
    assert targets(dataset, "no-weekday") & meetings == {m for m in meetings if not source.value(m, BM.printedWeekday)}
    assert targets(dataset, "no-participant-count") & meetings == {m for m in meetings if not source.value(m, BM.participantEstimate)}


def test_the_workshops_without_a_facilitator_are_those_that_name_no_person_in_that_role(dataset):
    source = dataset.layers["source"]
    role = URIRef(BASE + "id/role/animateur")
    led = {meeting for meeting, part in source.subject_objects(CV.hasParticipation)
           if (part, CV.role, role) in source and any("/personne/" in str(agent) for agent in source.subjects(CV.playsRole, part))}
    workshops = set(source.subjects(RDF.type, BM.Workshop))
    assert targets(dataset, "no-facilitator-named") & workshops == workshops - led


def test_the_actions_without_a_workshop_on_their_subject_echo_none(dataset):
    silent = targets(dataset, "no-workshop-on-subject")
    assert len(silent) == 7
    assert not silent & set(dataset.layers["inferred"].subjects(BM.echoes))


def test_there_are_at_least_40_oddities_each_with_its_passage(dataset):
    editorial = dataset.layers["editorial"]
    kinds = URIRef(BASE + "id/oddity-kind/silence")
    oddities = {note for note in editorial.subjects(RDF.type, OA.Annotation) if "/singularite/" in str(note) and (note, DCTERMS.type, kinds) not in editorial}
    assert len(oddities) >= 40
    assert all(editorial.value(note, BM.evidence) for note in oddities)
