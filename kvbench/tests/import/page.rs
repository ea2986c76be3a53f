//! A sweep of two backends, on a terminal and as a page: load by load, and over all loads.

use std::collections::BTreeSet;

use kvbench::import::{Log, Run};
use kvbench::report;
use roxmltree::{Document, Node, ParsingOptions};

use crate::exports::{log, run};

/// Both runs at concurrency 4, and at 8 as if they had been like that.
fn sweep() -> Vec<Run> {
    let at = |name: &str, concurrency: u64| {
        let mut run = run(name);
        run.concurrency = Some(concurrency);
        run.load.insert("phases.0.concurrency".to_owned(), concurrency.to_string());
        run
    };
    vec![at("ucx", 4), at("ucx", 8), at("libfabric", 4), at("libfabric", 8)]
}

fn parse(html: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(html, options).unwrap()
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter_map(|node| node.text()).collect()
}

#[test]
fn a_sweep_is_compared_at_each_load_and_shown_over_all() {
    let shown = report::import(&sweep(), &log(&["ucx", "libfabric"]));
    for concurrency in [4, 8] {
        assert!(shown.contains(&format!("Load: phases.0.concurrency {concurrency}\n")), "{shown}");
    }
    assert_eq!(shown.matches("Verdict on TTFT p50: ").count(), 2, "{shown}");
    assert_eq!(shown.matches("Where the time to first token went").count(), 2, "{shown}");
    let last = shown.rsplit("output throughput").next().unwrap();
    let points =
        last.lines().skip(1).map(|line| line.split_whitespace().take(2).collect::<Vec<_>>());
    let points: Vec<_> = points.filter(|words| words.len() == 2).take(4).collect();
    assert_eq!(points, [["ucx", "4"], ["ucx", "8"], ["libfabric", "4"], ["libfabric", "8"]]);
}

#[test]
fn the_page_says_what_the_terminal_says_and_draws_the_sweep() {
    let (runs, log) = (sweep(), log(&["ucx", "libfabric"]));
    let html = report::import_html(&runs, &log);
    let page = parse(&html);
    let said = text(page.root_element());
    let terminal = report::import(&runs, &log);
    let fields = terminal.lines().flat_map(|line| line.split("  ")).map(str::trim);
    let fields: BTreeSet<_> = fields.filter(|field| !field.is_empty()).collect();
    assert!(fields.len() > 50, "{fields:?}");
    for field in fields {
        let field = field.trim_start_matches("Note: ").trim_start_matches("Verdict on ");
        assert!(said.contains(field), "{field:?} is missing");
    }
    let images = page.descendants().filter(|node| node.attribute("role") == Some("img"));
    let [chart] = images.collect::<Vec<_>>()[..] else { panic!("there is one chart") };
    let told = text(chart);
    for point in ["ucx at 4: ", "ucx at 8: ", "libfabric at 4: ", "libfabric at 8: "] {
        assert!(told.contains(point), "{told}");
    }
}

#[test]
fn one_load_needs_no_chart_and_nothing_comes_from_elsewhere() {
    let mut runs = vec![run("ucx"), run("libfabric")];
    runs[1].name = "<script>alert(1)</script>".to_owned();
    runs[1].failures.insert("\"><img src=x>".to_owned(), 1);
    let html = report::import_html(&runs, &Log::default());
    let page = parse(&html);
    assert!(!page.descendants().any(|node| node.has_tag_name("svg")));
    for foreign in ["http:", "https:", "<script", "<img", "@import", "url("] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    assert!(html.contains("default-src &#39;none&#39;"));
}
