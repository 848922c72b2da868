//! Budgets as one page that needs nothing else: waterfalls, hops, and links to every number.

use std::io::{self, Write};

use super::chart::{Chart, Lane, Mark, Piece, Tail};
use super::markup::{Links, code, text};
use super::text::named;
use super::view::{Row, Time, Waterfall, ranked};
use crate::report::count;
use crate::units::Millis;

/// Marks to the right of this share of the scale have their names on the left.
const RIGHT: f64 = 0.5;

/// What the picture's signs mean, each with the class that draws it.
const LEGEND: &[(&str, &str)] = &[
    ("work", "it takes so long"),
    ("wasted", "nobody waits any more"),
    ("again", "it is repeated"),
    ("perhaps", "it may take so long"),
];

/// Writes the page.
pub(super) fn write(all: &[Waterfall], links: &Links, out: &mut dyn Write) -> io::Result<()> {
    let groups = ranked(all);
    let names = count(all.len(), "entry point");
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"unhang {}\">\n\
         <title>Time budget of {names}</title>\n<style>\n{}</style>\n</head>\n<body>",
        env!("CARGO_PKG_VERSION"),
        include_str!("page.css"),
    )?;
    writeln!(out, "<header>\n<h1>How long can it take?</h1>")?;
    // Of a single one, its waterfall says it all.
    if all.len() != 1 {
        writeln!(out, "<p>{}</p>", text(&super::summary(all)))?;
    }
    writeln!(
        out,
        "<p class=\"quiet\">The worst case of each entry point: every model and server that it waits \
         for stalls, and every retry is used.</p>"
    )?;
    if !all.is_empty() {
        legend(out)?;
    }
    writeln!(out, "</header>\n<main>")?;
    if groups.len() > 1 {
        contents(&groups, out)?;
    }
    for (at, group) in groups.iter().enumerate() {
        section(at, group, links, out)?;
    }
    writeln!(
        out,
        "</main>\n<footer>Written by unhang {}. Links lead to files beside this page.</footer>\n</body>\n</html>",
        env!("CARGO_PKG_VERSION")
    )
}

fn legend(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<ul class=\"legend quiet\">")?;
    for (class, meaning) in LEGEND {
        writeln!(
            out,
            "<li><i aria-hidden=\"true\"><span class=\"bar {class}\"></span></i>{meaning}</li>"
        )?;
    }
    writeln!(out, "</ul>")
}

/// All entry points with links to their waterfalls.
fn contents(groups: &[Vec<&Waterfall>], out: &mut dyn Write) -> io::Result<()> {
    let cut = groups.iter().any(|it| it[0].gives_up_first.is_some());
    writeln!(
        out,
        "<nav aria-label=\"Entry points\">\n<h3>Entry points, the longest first</h3>\n\
         <div class=\"scroll\">\n<table class=\"list contents\">\n<thead><tr><th scope=\"col\">At worst</th>\
         <th scope=\"col\">Entry point</th>{}</tr></thead>\n<tbody>",
        if cut {
            "<th scope=\"col\">Gives up first</th>"
        } else {
            ""
        }
    )?;
    for (at, group) in groups.iter().enumerate() {
        for it in group {
            let first = it.first().map(named).unwrap_or_default();
            writeln!(
                out,
                "<tr><td class=\"{}\">{}</td><td><a href=\"#e{at}\">{}</a></td>\
                 <td class=\"first\">{}</td></tr>",
                time_class(&it.worst),
                text(&it.worst.text),
                text(&it.name),
                text(&first),
            )?;
        }
    }
    writeln!(out, "</tbody>\n</table>\n</div>\n</nav>")
}

fn time_class(time: &Time) -> &'static str {
    if time.endless { "time endless" } else { "time" }
}

fn section(at: usize, group: &[&Waterfall], links: &Links, out: &mut dyn Write) -> io::Result<()> {
    let it = group[0];
    writeln!(out, "<section id=\"e{at}\" aria-labelledby=\"e{at}-name\">")?;
    let names: Vec<String> = group.iter().map(|it| text(&it.name)).collect();
    writeln!(out, "<h2 id=\"e{at}-name\">{}</h2>", names.join("<br>"))?;
    let place = links.to(&it.place);
    writeln!(
        out,
        "<p class=\"quiet\">{} · {place}</p>",
        text(it.framework)
    )?;
    writeln!(
        out,
        "<p class=\"verdict\">{}</p>",
        code(&super::verdict(it))
    )?;
    let chart = Chart::new(it);
    writeln!(
        out,
        "<div class=\"scroll\" role=\"region\" aria-label=\"Waterfall\" tabindex=\"0\">\n\
         <table class=\"waterfall\">\n<colgroup><col class=\"what\"><col class=\"time\"><col></colgroup>"
    )?;
    scale(&chart, out)?;
    writeln!(out, "<tbody>")?;
    for lane in &chart.lanes {
        row(&chart, lane, links, out)?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")?;
    if !it.hops.is_empty() {
        hops(it, links, out)?;
    }
    writeln!(out, "</section>")
}

/// The head of a waterfall: the names of the marks and the times of the scale.
fn scale(chart: &Chart, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">What it waits for</th><th scope=\"col\" class=\"time\">At worst</th>\
         <th scope=\"col\"><div class=\"scale\" aria-hidden=\"true\">"
    )?;
    for (at, mark) in chart.marks.iter().enumerate() {
        // The line of a mark goes down through the names below its own, and through the times.
        let below = chart.marks.len() - at;
        let share = chart.share(mark.at);
        let side = if share > RIGHT {
            format!(
                "left:0;right:{:.2}%;text-align:right",
                100.0 - share * 100.0
            )
        } else {
            format!("left:{:.2}%;right:0", share * 100.0)
        };
        let sign = if mark.first { "✕ " } else { "" };
        writeln!(
            out,
            "<div class=\"flag{}\" style=\"--below:{below}\"><i style=\"left:{:.2}%\"></i>\
             <span style=\"{side}\">{sign}{}</span></div>",
            first(mark),
            share * 100.0,
            text(&named(mark.hop)),
        )?;
    }
    write!(out, "<div class=\"ticks\">")?;
    if chart.has_scale() {
        write!(out, "<span style=\"left:0\">0 s</span>")?;
    }
    if let Some(end) = chart.lanes.first().and_then(|it| it.bar.known()) {
        let right = 100.0 - chart.share(end) * 100.0;
        write!(
            out,
            "<span style=\"right:{right:.2}%\">{}</span>",
            Millis(end)
        )?;
    }
    writeln!(out, "</div></div></th></tr></thead>")
}

fn first(mark: &Mark) -> &'static str {
    if mark.first { " first" } else { "" }
}

fn row(chart: &Chart, lane: &Lane, links: &Links, out: &mut dyn Write) -> io::Result<()> {
    let it = lane.row;
    write!(
        out,
        "<tr><th scope=\"row\" style=\"--depth:{}\">",
        lane.depth
    )?;
    for through in lane.through {
        write!(
            out,
            "<span class=\"via\">{}</span>",
            piece_name(through, links)
        )?;
    }
    write!(out, "{}", piece_name(it, links))?;
    if !it.because.is_empty() {
        write!(out, "<ul class=\"why\">")?;
        for reason in &it.because {
            let (why, place) = (code(&reason.text), links.to(&reason.place));
            write!(out, "<li>{why} {place}</li>")?;
        }
        write!(out, "</ul>")?;
    }
    write!(
        out,
        "</th><td class=\"{}\">{}</td><td aria-hidden=\"true\">",
        time_class(&it.worst),
        text(&it.worst.text)
    )?;
    for Piece { from, to, kind } in chart.pieces(&lane.bar) {
        write!(
            out,
            "<span class=\"bar {}\" style=\"left:{:.2}%;width:{:.2}%\"></span>",
            kind.word(),
            from * 100.0,
            (to - from) * 100.0
        )?;
    }
    match lane.bar.tail {
        Tail::Ends => {}
        Tail::Endless => write!(out, "<span class=\"tail endless\">→</span>")?,
        Tail::Unknown => {
            let left = chart.share(lane.bar.sure) * 100.0;
            write!(
                out,
                "<span class=\"tail\" style=\"left:{left:.2}%\">… ?</span>"
            )?;
        }
    }
    for mark in &chart.marks {
        let left = chart.share(mark.at) * 100.0;
        write!(
            out,
            "<span class=\"mark{}\" style=\"left:{left:.2}%\"></span>",
            first(mark)
        )?;
    }
    writeln!(out, "</td></tr>")
}

/// What a piece is, as a link to where it is written.
fn piece_name(row: &Row, links: &Links) -> String {
    format!("{} {}", code(&row.title), links.quiet(&row.place))
}

/// Who waits: how long, where that is written, and what comes of it.
fn hops(of: &Waterfall, links: &Links, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<h3>Who waits for it, from the outside in</h3>\n<div class=\"scroll\">\n<table class=\"list\">\n\
         <thead><tr><th scope=\"col\">Who</th><th scope=\"col\">How long</th>\
         <th scope=\"col\">Where that is written</th><th scope=\"col\">What happens then</th>\
         </tr></thead>\n<tbody>"
    )?;
    for (at, hop) in of.hops.iter().enumerate() {
        let class = if of.gives_up_first == Some(at) {
            "time first"
        } else {
            "time"
        };
        let written = match &hop.written {
            _ if hop.tried => "tried out".to_owned(),
            _ if hop.described => "the settings".to_owned(),
            Some(place) => links.to(place),
            None => format!("the default, {}", links.to(&hop.owner.place)),
        };
        let seen = match hop.limit_ms {
            _ if !hop.cuts => "It does not end work of this kind.".to_owned(),
            Some(_) => text(&hop.exceeded),
            None => String::new(),
        };
        writeln!(
            out,
            "<tr><td>{}<br><span class=\"quiet\">{}</span></td><td class=\"{class}\">{}</td><td>{written}</td><td>{seen}</td></tr>",
            text(&hop.name),
            code(&hop.owner.text),
            text(&hop.text)
        )?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")
}
