//! Sweeps over enumerations: the golden records of an emulated one, in which two points failed.

use kvbench::record::{Body, Enumeration, Reader, Record};
use kvbench::report;
use roxmltree::{Document, Node};

use crate::golden::compare;
use crate::page::parse;
use crate::samples::{data, records};

const EVIL: &str = "</title></style><script>alert(1)</script>|`\u{1b}[31m\0";

fn points() -> Vec<Record> {
    let read = Reader::open(&data("enumerations.jsonl")).unwrap();
    assert_eq!(read.bad_lines, []);
    read.records
}

fn changed(change: impl Fn(&mut Enumeration)) -> Vec<Record> {
    let mut points = points();
    for record in &mut points {
        let Body::Enumeration(point) = &mut record.body else { panic!("{record:?}") };
        change(point);
    }
    points
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter_map(|node| node.text()).collect()
}

fn images<'a>(page: &'a Document<'_>) -> Vec<Node<'a, 'a>> {
    page.descendants().filter(|node| node.attribute("role") == Some("img")).collect()
}

#[test]
fn table() {
    compare("enumerations.txt", &report::table(&points()));
}

#[test]
fn the_page_says_what_the_terminal_says() {
    let html = report::html(&points());
    let page = parse(&html);
    let shown = text(page.root_element());
    let terminal = report::table(&points());
    let fields = terminal.lines().flat_map(|line| line.split("  ")).map(str::trim);
    for field in fields.filter(|field| !field.is_empty()) {
        let said = field.trim_start_matches("Price: ").trim_start_matches("Failed: ");
        assert!(shown.contains(said), "{said:?} is missing");
    }
    assert!(html.find("Emulated: NICs").unwrap() < html.find("<table").unwrap());
}

#[test]
fn each_curve_has_a_point_per_number_of_nics() {
    let html = report::html(&points());
    let page = parse(&html);
    let images = images(&page);
    let titles = images.iter().filter_map(|one| one.first_element_child()?.text());
    assert_eq!(titles.collect::<Vec<_>>(), ["Creation time", "Memory, MiB", "File descriptors"]);
    for image in images {
        let named = |name: &'static str| image.descendants().filter(move |n| n.has_tag_name(name));
        let lines: Vec<_> = image
            .descendants()
            .filter_map(|node| node.attribute("points"))
            .map(|points| points.split(' ').count())
            .collect();
        // Of 1, 2 and 4 NICs, the last failed with both settings.
        assert_eq!(lines, [2, 2]);
        assert_eq!(named("path").filter(|n| n.attribute("class") == Some("mark")).count(), 4);
        let description = text(image.children().find(|n| n.has_tag_name("desc")).unwrap());
        for words in ["enumerate=all (emulated): 1 ", ", 2 "] {
            assert!(description.contains(words), "{description}");
        }
    }
}

#[test]
fn runs_and_sweeps_share_a_page_and_a_table() {
    let both = [records(), points()].concat();
    let html = report::html(&both);
    let page = parse(&html);
    assert!(html.contains("What does enumeration cost with LIBFABRIC?"));
    assert!(images(&page).len() > 3);
    let csv = report::csv(&both);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = reader.headers().unwrap().clone();
    for name in ["delivered_p50_ns", "added_rss_bytes"] {
        assert_eq!(head.iter().filter(|one| *one == name).count(), 1, "{name}");
    }
    assert_eq!(reader.records().filter(Result::is_ok).count(), both.len());
    assert!(report::csv(&records()).lines().next().unwrap().ends_with(",findings"));
}

#[test]
fn no_text_becomes_a_part_of_the_page() {
    let evil = changed(|point| {
        point.variant.env.insert(EVIL.into(), EVIL.into());
        point.registered_evidence = EVIL.into();
        point.environment.host = EVIL.into();
        point.command = vec![EVIL.into()];
        if let Some(failure) = &mut point.failure {
            failure.error = EVIL.into();
        }
    });
    let html = report::html(&evil);
    let page = parse(&html);
    assert!(page.descendants().all(|node| node.tag_name().name() != "script"));
    assert!(html.contains("&lt;script&gt;") && !html.contains('\u{1b}'));
    for text in [report::table(&evil), report::markdown(&evil)] {
        assert!(text.chars().all(|char| char == '\n' || !char.is_control()));
    }
}

#[test]
fn odd_figures_make_a_page() {
    for figure in [0, 1, u64::MAX] {
        let odd = changed(|point| {
            let Some(price) = &mut point.price else { return };
            for one in [&mut price.backend_ns, &mut price.added.rss_bytes, &mut price.added.fds] {
                (one.median, one.low, one.high) = (figure, figure, figure);
            }
            price.node_bytes = figure;
            (point.nics, point.rails_created) = (u32::MAX, Some(u32::MAX));
        });
        let html = report::html(&odd);
        parse(&html);
        assert!(!html.contains("NaN") && !html.contains("=\"inf"), "{figure}");
        report::table(&odd);
    }
}

#[test]
fn nothing_priced_is_a_page_of_failures() {
    let failed = changed(|point| {
        let why = kvbench::record::PointFailure { step: None, error: "no NIC".into() };
        (point.price, point.failure) = (None, Some(why));
    });
    let html = report::html(&failed);
    assert_eq!(images(&parse(&html)).len(), 0);
    assert!(html.contains("no NIC") && report::table(&failed).contains("no NIC"));
}
