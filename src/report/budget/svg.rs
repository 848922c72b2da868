//! Waterfalls as one picture for a README or a pull request, readable on light and dark pages.

use std::io::{self, Write};

use super::chart::{Chart, Lane, Mark, Piece, Tail};
use super::fit;
use super::markup::text;
use super::text::{clean, named, title};
use super::view::{Waterfall, ranked};
use crate::units::Millis;

/// Sizes in pixels. A character of the fonts below is about this wide at their size.
const CHARACTER: f64 = 7.3;
const WIDTH: f64 = 920.0;
const EDGE: f64 = 24.0;
const GAP: f64 = 14.0;
const ROW: f64 = 24.0;
const LINE: f64 = 19.0;
const BAR: f64 = 12.0;

/// The longest title, in columns.
const TITLE: usize = 46;

/// The colours of light and of dark pages, and the fonts that every system has.
const STYLE: &str = include_str!("picture.css");

/// Writes one picture with all waterfalls, the longest first.
pub(super) fn write(all: &[Waterfall], out: &mut dyn Write) -> io::Result<()> {
    let mut picture = Picture {
        y: EDGE,
        body: String::new(),
    };
    let groups = ranked(all);
    for (at, group) in groups.iter().enumerate() {
        if at > 0 {
            picture.y += EDGE;
        }
        picture.waterfall(group);
    }
    if groups.is_empty() {
        picture.words("name", &super::summary(all));
    }
    let height = picture.y + EDGE - LINE / 2.0;
    let names: Vec<String> = all.iter().map(sentence).collect();
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n\
         <rect class=\"paper\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n{}</svg>",
        text(&names.join(" ")),
        WIDTH - 1.0,
        height - 1.0,
        picture.body
    )
}

/// What somebody who cannot see the picture is told.
fn sentence(of: &Waterfall) -> String {
    format!("{}: {}", of.name, super::verdict(of))
}

/// What is drawn so far.
struct Picture {
    /// The top of what comes next.
    y: f64,
    body: String,
}

/// Where the parts of a waterfall lie from left to right.
struct Columns {
    /// How many characters a title has.
    titles: usize,
    /// The right edge of the times.
    times: f64,
    /// The left edge of the bars.
    bars: f64,
}

impl Columns {
    fn new(chart: &Chart) -> Self {
        let widest = |of: fn(&Lane) -> usize| chart.lanes.iter().map(of).max().unwrap_or(0);
        let titles = widest(|it| fit::width(&title(it, usize::MAX))).min(TITLE);
        let times = EDGE + pixels(titles) + GAP;
        let times = times + pixels(widest(|it| fit::width(&it.row.worst.text)));
        Self {
            titles,
            times,
            bars: times + GAP,
        }
    }

    /// Where a share of the scale lies.
    fn x(&self, share: f64) -> f64 {
        self.bars + share * (WIDTH - EDGE - self.bars)
    }
}

impl Picture {
    fn waterfall(&mut self, group: &[&Waterfall]) {
        let it = group[0];
        let names: Vec<&str> = group.iter().map(|it| it.name.as_str()).collect();
        self.words("name", &names.join(", "));
        self.words("", &clean(&super::verdict(it)));
        self.y += LINE / 2.0;
        let chart = Chart::new(it);
        let columns = Columns::new(&chart);
        let names_top = self.y;
        for mark in &chart.marks {
            self.name_of(mark, &chart, &columns);
        }
        self.ticks(&chart, &columns);
        let bars_top = self.y;
        for lane in &chart.lanes {
            self.lane(lane, &chart, &columns);
        }
        let mut top = names_top;
        for mark in &chart.marks {
            let x = columns.x(chart.share(mark.at));
            let y = self.y;
            // The line of a mark begins below its name and goes through all bars.
            top += LINE;
            let class = class(mark);
            let top = top.min(bars_top);
            self.put(&format!(
                "<line class=\"{class}\" x1=\"{x:.1}\" y1=\"{top:.1}\" x2=\"{x:.1}\" y2=\"{y:.1}\"/>"
            ));
        }
        self.y += LINE / 2.0;
    }

    fn lane(&mut self, lane: &Lane, chart: &Chart, columns: &Columns) {
        let base = self.y + ROW / 2.0 + 4.0;
        let whole = title(lane, columns.titles);
        let words = whole.trim_start();
        let x = EDGE + pixels(whole.len() - words.len());
        self.text("", x, base, words);
        self.text("end", columns.times, base, &lane.row.worst.text);
        let top = self.y + (ROW - BAR) / 2.0;
        for Piece { from, to, kind } in chart.pieces(&lane.bar) {
            let x = columns.x(from);
            let width = (columns.x(to) - x).max(2.0);
            let class = kind.word();
            self.put(&format!(
                "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"1.5\"/>"
            ));
        }
        match lane.bar.tail {
            Tail::Ends => {}
            Tail::Endless => {
                let (x, y) = (columns.x(1.0), top + BAR / 2.0);
                self.put(&format!(
                    "<path class=\"arrow\" d=\"M{:.1} {:.1} l8 9 l-8 9 z\"/>",
                    x - 2.0,
                    y - 9.0
                ));
            }
            Tail::Unknown => {
                let x = columns.x(chart.share(lane.bar.sure)) + 4.0;
                self.text("quiet", x, base, "… ?");
            }
        }
        self.y += ROW;
    }

    /// The name of a mark, above the bars.
    fn name_of(&mut self, mark: &Mark, chart: &Chart, columns: &Columns) {
        let word = if mark.first { "gives up first: " } else { "" };
        let name = format!("{word}{}", clean(&named(mark.hop)));
        let class = class(mark);
        let base = self.y + 13.0;
        let x = columns.x(chart.share(mark.at));
        let width = pixels(fit::width(&name));
        let right = WIDTH - EDGE;
        if x + width <= right {
            self.text(class, x - 1.0, base, &name);
        } else {
            let end = if x - width >= EDGE { x + 1.0 } else { right };
            self.text(&format!("{class} end"), end, base, &name);
        }
        self.y += LINE;
    }

    /// The beginning and the end of the scale.
    fn ticks(&mut self, chart: &Chart, columns: &Columns) {
        if !chart.has_scale() {
            return;
        }
        let base = self.y + 11.0;
        self.text("tick", columns.x(0.0), base, "0 s");
        if let Some(end) = chart.lanes.first().and_then(|it| it.bar.known()) {
            let x = columns.x(chart.share(end));
            self.text("tick end", x, base, &Millis(end).to_string());
        }
        self.y += LINE;
    }

    /// Lines of text from edge to edge.
    fn words(&mut self, class: &str, words: &str) {
        // No picture is so wide that its columns would not fit.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let columns = ((WIDTH - 2.0 * EDGE) / CHARACTER) as usize;
        for line in fit::wrap(words, columns) {
            let line = fit::cut(&line, columns);
            self.text(class, EDGE, self.y + 13.0, &line);
            self.y += LINE;
        }
    }

    fn text(&mut self, class: &str, x: f64, y: f64, words: &str) {
        let class = if class.is_empty() {
            String::new()
        } else {
            format!(" class=\"{class}\"")
        };
        let words = text(words);
        self.put(&format!(
            "<text{class} x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>"
        ));
    }

    fn put(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }
}

fn class(mark: &Mark) -> &'static str {
    if mark.first { "first" } else { "limit" }
}

/// How wide that many characters are.
fn pixels(columns: usize) -> f64 {
    // A title has few characters.
    #[allow(clippy::cast_precision_loss)]
    let columns = columns as f64;
    columns * CHARACTER
}
