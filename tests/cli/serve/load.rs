//! Many requests at once: blocks are few, and everyone gets what they asked for.

use serde_json::json;

use super::server::{Server, begin_at};

#[test]
fn requests_wait_for_blocks_and_all_are_served() {
    // Two requests fit at a time.
    let server = Server::instant(&["--blocks", "24"]);
    let requests: Vec<_> = (0..40)
        .map(|number| {
            let prompt = format!("{number} {}", "once upon a time ".repeat(38));
            server.begin(&json!({"prompt": prompt, "max_tokens": 9, "stream": number % 2 == 0}))
        })
        .collect();
    for (number, request) in requests.into_iter().enumerate() {
        let response = request.response();
        assert_eq!(response.status, 200, "{response:?}");
        if number % 2 == 0 {
            assert_eq!(response.events().len(), 10, "nine tokens and the end");
        } else {
            assert_eq!(response.json()["usage"]["completion_tokens"], 9);
        }
    }
    server.wait_for_metric("kvbench_kv_blocks_in_use", 0.0);
    assert_eq!(server.metric("kvbench_requests_waiting"), 0.0);
}

#[test]
fn many_small_requests_are_all_served() {
    let server = Server::instant(&[]);
    // As fast as they come, so that orders and notifications overtake each other.
    std::thread::scope(|scope| {
        for client in 0..16 {
            let address = server.address();
            scope.spawn(move || {
                for number in 0..100 {
                    let prompt = format!("{client} {number}");
                    let asked = json!({"prompt": prompt, "max_tokens": 1});
                    let response = begin_at(address, &asked).response();
                    assert_eq!(response.status, 200, "{response:?}");
                }
            });
        }
    });
    assert_eq!(server.metric("kvbench_requests_total{status=\"ok\"}"), 1600.0);
    server.wait_for_metric("kvbench_kv_blocks_in_use", 0.0);
}

#[test]
fn more_than_may_wait_are_told_to_come_back() {
    let server = Server::paced(&["--blocks", "24", "--max-waiting", "2"]);
    let asked = json!({"max_tokens": 300, "stream": true});
    let mut admitted = server.begin(&asked);
    admitted.until("data: ");
    let _waiting = [server.begin(&asked), server.begin(&asked)];
    server.wait_for_metric("kvbench_requests_waiting", 2.0);
    let refused = server.complete(&asked);
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    assert_eq!(refused.json()["error"]["type"], "server_error");
}
