//! The HTML page as a document: complete, accessible, and by itself.

use std::collections::{BTreeMap, BTreeSet};

use kvbench::record::Body;
use kvbench::report;
use roxmltree::{Document, Node, ParsingOptions};

use crate::samples::{changed, records};

/// The page is XML as well, so an XML parser can take it apart.
pub fn parse(html: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(html, options).unwrap()
}

fn elements<'a>(page: &'a Document<'_>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    page.descendants().filter(move |node| node.tag_name().name() == name)
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter_map(|node| node.text()).collect()
}

#[test]
fn says_what_the_terminal_says() {
    let html = report::html(&records());
    let page = parse(&html);
    let shown = text(page.root_element());
    let terminal = report::table(&records());
    let fields = terminal.lines().flat_map(|line| line.split("  ")).map(str::trim);
    let fields: BTreeSet<_> = fields.filter(|field| !field.is_empty()).collect();
    assert!(fields.len() > 100, "{fields:?}");
    for field in fields {
        let said = field.trim_start_matches("Verdict: ").trim_start_matches("undecided: ");
        let said = said.trim_start_matches("Failed: ");
        assert!(shown.contains(said), "{said:?} is missing");
    }
}

#[test]
fn needs_nothing_but_itself() {
    let html = report::html(&records());
    let own = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for foreign in ["http:", "https:", "//", "<script", "src=", "@import", "url(", "javascript:"] {
        assert!(!own.contains(foreign), "{foreign}");
    }
    assert!(html.contains("default-src 'none'") || html.contains("default-src &#39;none&#39;"));
}

#[test]
fn charts_tell_their_figures() {
    let html = report::html(&records());
    let page = parse(&html);
    let images: Vec<_> =
        elements(&page, "svg").filter(|svg| svg.attribute("role") == Some("img")).collect();
    // Ratio, bandwidth, two distributions, drift and set-up; nothing to compare with in the last run.
    assert_eq!(images.len(), 6 + 6 + 5);
    for svg in images {
        let child = |name| svg.children().find(|node| node.tag_name().name() == name).unwrap();
        let (title, desc) = (child("title"), child("desc"));
        let label = svg.attribute("aria-labelledby").unwrap();
        let ids = [title, desc].map(|node| node.attribute("id").unwrap());
        assert_eq!(label, ids.join(" "));
        assert!(!text(title).is_empty());
        assert!(text(desc).chars().any(|char| char.is_ascii_digit()), "{}", text(desc));
    }
    for svg in elements(&page, "svg").filter(|svg| svg.attribute("role").is_none()) {
        assert_eq!(svg.attribute("aria-hidden"), Some("true"));
    }
}

#[test]
fn each_variant_has_its_own_look() {
    let html = report::html(&records());
    let page = parse(&html);
    let legend = elements(&page, "ul").filter(|ul| ul.attribute("class") == Some("legend"));
    let longest = legend.max_by_key(|ul| elements_of(*ul, "polyline").len()).unwrap();
    let lines = elements_of(longest, "polyline");
    let dashes: BTreeSet<_> = lines.iter().map(|one| one.attribute("stroke-dasharray")).collect();
    let marks: BTreeSet<_> =
        elements_of(longest, "path").iter().map(|one| one.attribute("d")).collect();
    assert_eq!((dashes.len(), marks.len()), (4, 4), "not by colour alone");
}

fn elements_of<'a>(node: Node<'a, 'a>, name: &str) -> Vec<Node<'a, 'a>> {
    node.descendants().filter(|node| node.tag_name().name() == name).collect()
}

#[test]
fn is_a_document_for_everyone() {
    let html = report::html(&records());
    let page = parse(&html);
    assert_eq!(page.root_element().attribute("lang"), Some("en"));
    for landmark in ["header", "main", "footer", "h1"] {
        assert_eq!(elements(&page, landmark).count(), 1, "{landmark}");
    }
    assert!(html.contains("content=\"width=device-width, initial-scale=1\""));
    for table in elements(&page, "table") {
        assert_eq!(table.parent().unwrap().attribute("class"), Some("scroll"));
        assert_eq!(elements_of(table, "caption").len(), 1);
        let scopes = elements_of(table, "th");
        assert!(scopes.iter().all(|th| th.attribute("scope").is_some()));
        let columns = elements_of(table, "thead")[0].descendants();
        let columns = columns.filter(|node| node.tag_name().name() == "th").count();
        for row in elements_of(elements_of(table, "tbody")[0], "tr") {
            assert_eq!(row.children().filter(Node::is_element).count(), columns);
        }
    }
    let ids: Vec<_> = page.descendants().filter_map(|node| node.attribute("id")).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    for link in elements(&page, "a") {
        let target = link.attribute("href").and_then(|href| href.strip_prefix('#')).unwrap();
        assert!(ids.contains(&target));
    }
}

#[test]
fn emulated_is_said_first() {
    let emulated = changed(|cell| cell.emulated = true);
    for text in [report::html(&emulated), report::markdown(&emulated), report::table(&emulated)] {
        assert!(text.contains("Emulated: NICs or GPUs"));
        assert!(text.contains("UCX (emulated)"));
    }
    let html = report::html(&emulated);
    assert!(html.find("Emulated: NICs").unwrap() < html.find("<table").unwrap());
    assert!(!report::html(&records()).to_lowercase().contains("emulated"));
}

#[test]
fn variants_of_the_same_name_are_told_apart() {
    let mut twice = records();
    twice.truncate(1);
    twice.push(twice[0].clone());
    let text = report::table(&twice);
    assert!(text.contains("UCX #1 ") && text.contains("UCX #2 "), "{text}");
    let Body::Cell(cell) = &mut twice[1].body else { panic!() };
    cell.environment.nixl_origin = "patched".to_owned();
    let text = report::table(&twice);
    assert!(text.contains("UCX, NIXL fetched ") && text.contains("UCX, NIXL patched "), "{text}");
}

#[test]
fn nothing_was_measured() {
    let html = report::html(&[]);
    assert_eq!(elements(&parse(&html), "table").count(), 0);
    assert_eq!(report::table(&[]), "");
}

/// Text on its ground: 4.5 : 1 at least (WCAG 2, AA); lines and bars 3 : 1.
#[test]
fn contrast_is_enough_in_light_and_dark() {
    let html = report::html(&records());
    let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let mut themes = style.split(":root {").skip(1).map(|block| {
        let block = block.split('}').next().unwrap();
        let pairs =
            block.split(';').filter_map(|one| one.trim().strip_prefix("--")?.split_once(": "));
        pairs.collect::<BTreeMap<_, _>>()
    });
    let mut check = |grounds: &[(&str, &str, f64)]| {
        let theme = themes.next().unwrap();
        for (ink, ground, least) in grounds {
            let ratio = contrast(theme[ink], theme[ground]);
            assert!(ratio >= *least, "{ink} on {ground}: {ratio:.2}");
        }
    };
    let mut grounds = vec![
        ("ink", "page", 4.5),
        ("ink", "card", 4.5),
        ("soft", "page", 4.5),
        ("soft", "card", 4.5),
        ("good-ink", "good", 4.5),
        ("bad-ink", "bad", 4.5),
        ("open-ink", "open", 4.5),
        ("plain-ink", "plain", 4.5),
        ("v0", "page", 4.5),
    ];
    grounds.extend(["v0", "v1", "v2", "v3", "v4", "v5"].map(|line| (line, "card", 3.0)));
    check(&grounds);
    check(&grounds);
}

/// The contrast of two colours `#rrggbb`, by WCAG 2.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| -> f64 {
        let part =
            |at: usize| f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        let linear =
            |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        0.2126 * linear(part(1)) + 0.7152 * linear(part(3)) + 0.0722 * linear(part(5))
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}
