"""The artifact under a Runtime API of ours: what an emulator does not do to a function. It acts with the credentials of the emulator's own functions on
the deployed table, through a store that fails on command.
"""
import time

import account
import platforms
import roles
import runtime
import steps

# Deliveries in the batch of which one cannot be worked off.
BATCH = 5
# Lambda's limit for a stream function here, and the time that the program keeps back to answer, in seconds.
RESERVE = 10


def runtime_variables(run, processes, role, endpoint):
    """The environment that a deployed function has, with another endpoint for DynamoDB."""
    one = run.stack
    settings = one.account.client("lambda").get_function_configuration(FunctionName=one.functions()[role])
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    own = dict(zip(names, roles.credentials(processes[role]), strict=True))
    given = {**settings["Environment"]["Variables"], **own, "AWS_REGION": one.account.region}
    return {**given, "AWS_ENDPOINT_URL": one.account.endpoint, "AWS_ENDPOINT_URL_DYNAMODB": endpoint}


def kept(run, count):
    """Deliveries that wait to be worked off while the stream is off: their partitions, in the order in which they were posted."""
    samples = [run.comment("Bedankt voor de tips van vorige week") for _ in range(count)]
    run.post(samples)
    partitions = [platforms.partition(sample) for sample in samples]
    missing = [pk for pk in partitions if run.stack.delivery(pk) is None]
    if missing:
        raise account.Failed(f"{len(missing)} of {count} deliveries are not where their bytes say that they are kept")
    return partitions


def runtime_steps(run, bootstrap, variables, store, log):
    """A batch that fails in part, and one that then does not."""
    partitions = kept(run, BATCH)
    with runtime.Function(bootstrap, "assess", variables["assess"], log) as function:
        store.poison = partitions[2]
        records = [runtime.record(number + 1, pk, "raw") for number, pk in enumerate(partitions)]
        others = [runtime.record(90, "protocols", "active"), {"eventName": "REMOVE"}]
        answer, _ = function.invoke({"Records": records + others})
        expected = {"batchItemFailures": [{"itemIdentifier": records[2]["dynamodb"]["SequenceNumber"]}]}
        if answer != expected:
            raise account.Failed(f"a batch of which one record failed was answered {answer}, expected {expected}")
        if not store.failed:
            raise account.Failed("the store was to fail for one delivery, and was not asked for it")
        store.poison = None
        # The one that failed may be done by now: a sweep that had begun before may have found it.
        left = (set(run.stack.open_work()) & set(partitions)) - {partitions[2]}
        if left:
            raise account.Failed(f"{len(left)} of {BATCH} deliveries are open after the batch beside the one that failed, expected none")
        answer, _ = function.invoke({"Records": [records[2]]})
        if answer != {"batchItemFailures": []} or set(run.stack.open_work()) & set(partitions):
            raise account.Failed(f"the record that had failed was answered {answer} when it came again, expected that nothing fails")
        for event in ({}, "no batch", {"Records": [{}]}):
            if function.invoke(event)[0] != {"batchItemFailures": []}:
                raise account.Failed("an event that is no batch was not passed over")


def short_of_time(run, bootstrap, variables, log):
    """A tick with next to no time left answers before it is cut off, and what it left is done by the next."""
    partitions = kept(run, BATCH)
    with runtime.Function(bootstrap, "watch", variables["watch"], log) as function:
        _, left = function.invoke({}, seconds=RESERVE + 0.2)
        if left <= 0:
            raise account.Failed(f"a tick with {RESERVE + 0.2} s left answered {-left:.1f} s after its time")
        before = len(set(run.stack.open_work()) & set(partitions))
        deadline = time.monotonic() + steps.SETTLE_LIMIT
        while set(run.stack.open_work()) & set(partitions):
            if time.monotonic() > deadline:
                raise account.Failed(f"deliveries were still open {steps.SETTLE_LIMIT} s after a tick that had no time")
            function.invoke({}, seconds=55)
    return left, before


def refused_starts(bootstrap, variables):
    """Environments in which the program must not run, and what it says."""
    unknown = runtime.refused_start(bootstrap, {**variables["watch"], "_HANDLER": "bootstrap"})
    bare = runtime.refused_start(bootstrap, {"_HANDLER": "receive"})
    for (code, problem), named in ((unknown, "receive, assess, alert, watch, review, reconcile"), (bare, "DAYZERO_KMS_KEY is not set")):
        if code != 2 or named not in problem:
            raise account.Failed(f"a start that cannot be ended with {code} and said {problem!r}, expected 2 and a sentence with {named!r}")
    return 2


def runtime_all(run, bootstrap, processes, log):
    store = runtime.Store(run.stack.account.endpoint)
    try:
        variables = {role: runtime_variables(run, processes, role, store.endpoint) for role in ("assess", "watch")}
        runtime_steps(run, bootstrap, variables, store, log)
        left, before = short_of_time(run, bootstrap, variables, log)
        starts = refused_starts(bootstrap, variables)
    finally:
        store.close()
    return (
        f"1 of {BATCH} records failed and its number alone came back, then none; a tick with {RESERVE + 0.2} s answered {left:.1f} s before its end "
        f"and left {before} of {BATCH} to the next; {starts} starts refused with exit code 2"
    )


def with_stream_off(run, bootstrap, emulator, folder):
    """All of it, while neither the stream nor the schedule works off what these steps need open."""
    processes = {role: pid for pid, role in emulator.functions()}
    missing = {"assess", "watch"} - set(processes)
    if missing:
        raise account.Failed(f"no process of {', '.join(sorted(missing))} runs, whose credentials are needed")
    one = run.stack
    one.stream(on=False)
    one.ticks(on=False)
    try:
        with open(folder / "function-under-test.log", "wb") as log:
            return runtime_all(run, str(bootstrap), processes, log)
    finally:
        one.ticks(on=True)
        one.stream(on=True)


