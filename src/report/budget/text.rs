//! Budgets for a terminal: a table of many entry points, and a waterfall of each of a few.

use std::io::{self, Write};

use super::chart::{Chart, Lane};
use super::paint::{Look, line};
use super::view::{HopRow, Place, Waterfall, ranked};
use super::{bars, fit};
use crate::report::{Style, count, escaped};

/// As many waterfalls are still read one after the other.
const FEW: usize = 3;
/// As many lanes of one waterfall are still looked at in a terminal.
const LANES: usize = 40;
/// The narrowest bars that still show anything.
const NARROWEST: usize = 16;

/// Writes a waterfall of each entry point if they are few or `all_details` are wanted, and a table
/// otherwise.
pub(super) fn write(
    all: &[Waterfall],
    all_details: bool,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let groups = ranked(all);
    let details = all_details || groups.len() <= FEW;
    if groups.len() > FEW {
        table(&groups, style, out)?;
        writeln!(out)?;
    }
    if details {
        for (at, group) in groups.iter().enumerate() {
            waterfall(group, style, out)?;
            if at + 1 < groups.len() || all.len() > 1 {
                writeln!(out)?;
            }
        }
    }
    // Of a single one, its waterfall has said it all.
    if all.len() > 1 {
        for line in fit::wrap(&super::summary(all), style.width) {
            writeln!(out, "{line}")?;
        }
    }
    if !details {
        let example = escaped(&groups[0][0].name);
        let hint = format!("`unhang budget '{example}'` shows where the time goes.");
        for line in fit::wrap(&hint, style.width) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// One line per entry point, the longest first.
fn table(groups: &[Vec<&Waterfall>], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let head = ["AT WORST", "ENTRY POINT", "GIVES UP FIRST"];
    let rows = groups.iter().flatten().map(|it| {
        let first = it.first().map(|hop| clean(&named(hop)));
        let name = escaped(&it.name);
        (it.worst.text.clone(), name, first.unwrap_or_default())
    });
    let rows: Vec<_> = rows.collect();
    let widest = |of: fn(&(String, String, String)) -> &str, head: &str| {
        let all = rows.iter().map(|it| fit::width(of(it)));
        all.chain([fit::width(head)]).max().unwrap_or(0)
    };
    let times = widest(|it| &it.0, head[0]);
    let room = style.width.saturating_sub(times + 4);
    let cut = rows.iter().any(|it| !it.2.is_empty());
    let hops = if cut { widest(|it| &it.2, head[2]) } else { 0 };
    let hops = hops.min(room / 2);
    let names = widest(|it| &it.1, head[1]).min(room - hops);
    let last = if cut { head[2] } else { "" };
    let mut row = |look: Look, time: &str, name: &str, hop: &str, hop_look: Look| {
        let text = format!("{}  {}", fit::fill(time, times), fit::fill(name, names));
        let hop = fit::cut(hop, hops);
        let (text, gap) = if hop.is_empty() {
            (text.trim_end(), "")
        } else {
            (&*text, "  ")
        };
        let (text, hop) = (look.text(text, style), hop_look.text(&hop, style));
        writeln!(out, "{text}{gap}{hop}")
    };
    row(Look::Faint, head[0], head[1], last, Look::Faint)?;
    rows.iter()
        .try_for_each(|(time, name, hop)| row(Look::Plain, time, name, hop, Look::First))
}

/// One piece of work, under all of its names.
fn waterfall(group: &[&Waterfall], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let it = group[0];
    let names: Vec<String> = group.iter().map(|it| escaped(&it.name)).collect();
    for name in fit::wrap(&names.join(", "), style.width) {
        writeln!(out, "{}", Look::Strong.text(&name, style))?;
    }
    let place = format!("{}, {}", it.framework, written(&it.place));
    writeln!(out, "{}", Look::Faint.text(&place, style))?;
    for line in fit::wrap(&super::verdict(it), style.width) {
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    let chart = Chart::new(it);
    picture(&chart, style, out)?;
    if !it.hops.is_empty() {
        writeln!(out, "\n  Who waits for it, from the outside in:")?;
        for (at, hop) in it.hops.iter().enumerate() {
            waiting(hop, it.gives_up_first == Some(at), style, out)?;
        }
    }
    writeln!(out, "\n  Where the numbers come from:")?;
    for (text, place) in reasons(&chart) {
        reason(&text, place, style, out)?;
    }
    Ok(())
}

/// The bars with their titles and times, and the marks with their names.
fn picture(chart: &Chart, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let shown = &chart.lanes[..chart.lanes.len().min(LANES)];
    let widest = |of: fn(&Lane) -> usize| shown.iter().map(of).max().unwrap_or(0);
    let times = widest(|it| fit::width(&it.row.worst.text));
    let room = style.width.saturating_sub(times + 4);
    // The titles get what they need, but never more than leaves the bars as much again.
    let titles = widest(|it| fit::width(&title(it, usize::MAX)));
    let titles = titles.min(room / 2).min(room.saturating_sub(NARROWEST));
    let left = titles + times + 4;
    let columns = style.width.saturating_sub(left).max(NARROWEST);
    let Some(whole) = shown.first() else {
        return Ok(());
    };
    if chart.has_scale() {
        let scale = line(&bars::scale(chart, &whole.bar, columns), style);
        writeln!(out, "{}{scale}", " ".repeat(left))?;
    }
    for lane in shown {
        let title = fit::fill(&title(lane, titles), titles);
        let time = &lane.row.worst.text;
        let bar = line(&bars::bar(chart, &lane.bar, columns), style);
        writeln!(out, "{title}  {time:>times$}  {bar}")?;
    }
    for name in bars::names(chart, left, columns) {
        writeln!(out, "{}", line(&name, style))?;
    }
    let hidden = chart.lanes.len() - shown.len();
    if hidden > 0 {
        let pieces = count(hidden, "more piece");
        writeln!(out, "… {pieces}; `--format html` shows all of them")?;
    }
    Ok(())
}

/// What a lane is, below what it is part of.
pub(super) fn title(lane: &Lane, columns: usize) -> String {
    let indent = "  ".repeat(lane.depth);
    let steps = lane.through.iter().chain([lane.row]);
    let steps: Vec<String> = steps.map(|it| clean(&it.title)).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let way = fit::way(&steps, columns.saturating_sub(indent.len()));
    format!("{indent}{way}")
}

/// A hop: how long it waits, where that is written, and what its caller sees.
fn waiting(hop: &HopRow, first: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let look = match (first, hop.gives_up) {
        (true, _) => Look::First,
        (false, true) => Look::Limit,
        (false, false) => Look::Plain,
    };
    let place = match &hop.written {
        _ if hop.tried => "tried out".to_owned(),
        _ if hop.described => "the settings".to_owned(),
        Some(place) => written(place),
        None => format!("the default, {}", written(&hop.owner.place)),
    };
    let text = format!(
        "{}: {} ({place})",
        clean(&hop.owner.text),
        clean(&named(hop))
    );
    let sign = if first { '▸' } else { ' ' };
    for (at, line) in fit::wrap(&text, style.width - 6).iter().enumerate() {
        let sign = if at == 0 { sign } else { ' ' };
        writeln!(
            out,
            "  {} {}",
            look.text(&sign.to_string(), style),
            look.text(line, style)
        )?;
    }
    if !hop.cuts {
        return writeln!(out, "      does not end work of this kind");
    }
    if hop.limit_ms.is_none() {
        return Ok(());
    }
    let seen = format!("then: {}", escaped(&hop.exceeded));
    for line in fit::wrap(&seen, style.width - 8) {
        writeln!(out, "      {line}")?;
    }
    Ok(())
}

/// What says how long each piece takes, in reading order, and where.
fn reasons<'w>(chart: &Chart<'w>) -> Vec<(String, &'w Place)> {
    let mut all: Vec<(String, &Place)> = Vec::new();
    for (at, lane) in chart.lanes.iter().enumerate() {
        let row = lane.row;
        let leaf = chart
            .lanes
            .get(at + 1)
            .is_none_or(|it| it.depth <= lane.depth);
        let said = row.because.iter().filter(|it| !it.text.is_empty());
        let mut said: Vec<_> = said.map(|it| (clean(&it.text), &it.place)).collect();
        if said.is_empty() && leaf {
            let text = format!("{}: {}", clean(&row.title), row.worst.text);
            said.push((text, &row.place));
        }
        said.retain(|it| !all.contains(it));
        all.extend(said);
    }
    all
}

/// A reason and its place: on one line, or on two where one has no room.
fn reason(text: &str, place: &Place, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let place = written(place);
    let faint = Look::Faint.text(&place, style);
    if 4 + fit::width(&place) + 2 + fit::width(text) <= style.width {
        return writeln!(out, "    {text}  {faint}");
    }
    for line in fit::wrap(text, style.width - 4) {
        writeln!(out, "    {line}")?;
    }
    writeln!(out, "      {faint}")
}

/// A hop with how long it waits.
pub(super) fn named(hop: &HopRow) -> String {
    format!("{}, {}", hop.name, hop.text)
}

/// A place as terminals make links of it.
fn written(place: &Place) -> String {
    format!("{}:{}:{}", escaped(&place.path), place.line, place.column)
}

/// A text of one line that cannot talk to the terminal, without the quotes of code.
pub(super) fn clean(text: &str) -> String {
    escaped(text).replace('`', "")
}

#[cfg(test)]
mod tests;
