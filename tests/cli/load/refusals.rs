//! What makes no sense is refused, before anything is started.

use super::bench::Bench;

#[test]
fn loads_that_contradict_themselves_are_refused() {
    let refusals: [(&[&str], &str); 8] = [
        (&["--arrival-pattern", "constant"], "--request-rate"),
        (&["--arrival-pattern", "concurrency_burst", "--request-rate", "5"], "no rate"),
        (&["--request-rate", "5", "--arrival-smoothness", "2"], "gamma"),
        (&["--request-rate-ramp-duration", "5s"], "--request-rate"),
        (&["--find-rate"], "--goodput"),
        (&["--goodput", "ttft:5"], "time_to_first_token"),
        (&["--inject-stall", "200ms"], "200ms@5s"),
        (&["--ucx-tls", "tcp", "--backend", "libfabric"], "--ucx-tls is for UCX"),
    ];
    for (arguments, words) in refusals {
        Bench::new().start(arguments).finish().returned(2).complained_of(&[words]);
    }
}

#[test]
fn requests_that_no_worker_has_room_for_are_refused() {
    let few = ["--blocks", "10", "--isl", "160"];
    Bench::new().start(&few).finish().returned(2).complained_of(&["161 tokens", "160", "--blocks"]);
    let wide = ["--blocks", "20", "--isl", "160", "--isl-stddev", "50"];
    Bench::new().start(&wide).finish().returned(2).complained_of(&["361 tokens"]);
}
