//! All charts of a run.

use super::picture::{Legend, Picture};
use super::{bandwidth, distribution, drift, ratio, setup, style};
use crate::report::group::Group;
use crate::report::html::markup::Markup;

/// Draws them; `id` keeps the names of their parts unique on the page.
pub(in crate::report::html) fn all(html: &mut Markup, group: &Group<'_>, id: &str) {
    let charts = [
        ratio::chart(group),
        bandwidth::chart(group),
        setup::chart(group),
        distribution::delivered(group),
        distribution::completed(group),
        drift::chart(group),
    ];
    for (index, picture) in charts.into_iter().flatten().enumerate() {
        figure(html, group, &picture, &format!("{id}-chart-{}", index + 1));
    }
}

fn figure(html: &mut Markup, group: &Group<'_>, picture: &Picture, id: &str) {
    html.tag("figure").inside(|html| {
        html.tag("figcaption").inside(|html| {
            html.tag("strong").text(picture.title);
            html.text(" ");
            html.tag("span").text(&picture.caption);
        });
        picture.write(html, id);
        match picture.legend {
            Legend::None => {}
            Legend::Variants => style::legend(html, group),
            Legend::Steps => setup::legend(html, group),
        }
    });
}
