//! A waterfall laid out on a scale of time: lanes with their bars, and the limits of hops as marks.

use super::view::{HopRow, Row, Waterfall};

/// A limit more than this many times as long as the work would squeeze all bars to the left, so it
/// is no mark.
const FAR: u64 = 4;

/// A waterfall as every picture shows it; times are milliseconds from the beginning of the whole.
#[derive(Debug)]
pub(super) struct Chart<'w> {
    /// What takes the time, in the order in which it happens.
    pub(super) lanes: Vec<Lane<'w>>,
    /// The limits that lie on the scale, the shortest first.
    pub(super) marks: Vec<Mark<'w>>,
    /// The right edge of the scale; 0 when nothing on it has a known length.
    pub(super) end: u64,
}

/// One piece of work.
#[derive(Debug)]
pub(super) struct Lane<'w> {
    /// How many lanes it is part of.
    pub(super) depth: usize,
    /// The functions that do nothing but lead to it, from the outermost to the innermost.
    pub(super) through: &'w [Row],
    /// What takes the time.
    pub(super) row: &'w Row,
    /// Its bar.
    pub(super) bar: Bar,
}

/// When a piece of work happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bar {
    /// When it begins.
    pub(super) from: u64,
    /// It certainly takes until then.
    pub(super) sure: u64,
    /// It may take until then.
    pub(super) perhaps: Option<u64>,
    /// It is repeated until then.
    pub(super) again: Option<u64>,
    /// How it ends.
    pub(super) tail: Tail,
}

/// How a piece of work ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tail {
    /// At a time that is known.
    Ends,
    /// Nobody can tell when.
    Unknown,
    /// Never.
    Endless,
}

/// A part of a bar, between two shares of the scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Piece {
    /// Its left edge.
    pub(super) from: f64,
    /// Its right edge.
    pub(super) to: f64,
    /// What it shows.
    pub(super) kind: Kind,
}

/// What a part of a bar shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Work that somebody waits for.
    Work,
    /// Work that goes on after the first hop gave up.
    Wasted,
    /// Repetitions.
    Again,
    /// What is not certain.
    Perhaps,
}

impl Kind {
    /// The class of style sheets.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Wasted => "wasted",
            Self::Again => "again",
            Self::Perhaps => "perhaps",
        }
    }
}

/// A hop that ends the work of this entry point.
#[derive(Debug)]
pub(super) struct Mark<'w> {
    /// How long it waits.
    pub(super) at: u64,
    /// The hop.
    pub(super) hop: &'w HopRow,
    /// Whether it is the first one to give up.
    pub(super) first: bool,
}

impl<'w> Chart<'w> {
    pub(super) fn new(of: &'w Waterfall) -> Self {
        let lanes = lanes(&of.steps);
        let ends = lanes.iter().map(|it| it.bar.known_end());
        let known = ends.max().unwrap_or(0);
        let marks = marks(of, known);
        let last = marks.last().map_or(0, |it| it.at);
        // What goes on past the last known time needs room to be seen.
        let open = lanes.iter().any(|it| it.bar.tail != Tail::Ends) || last >= known;
        let end = known.max(last);
        Self {
            lanes,
            marks,
            end: if open {
                end.saturating_add(end / 5)
            } else {
                end
            },
        }
    }

    /// Where a time lies between the left edge, 0, and the right edge, 1.
    pub(super) fn share(&self, time: u64) -> f64 {
        if self.end == 0 {
            return 0.0;
        }
        // Beyond 2^53 milliseconds nobody sees a pixel of difference.
        #[allow(clippy::cast_precision_loss)]
        let share = time as f64 / self.end as f64;
        share.min(1.0)
    }

    /// Whether any time but the beginning has a place on the scale.
    pub(super) fn has_scale(&self) -> bool {
        let whole = self.lanes.first().map(|it| it.bar);
        !self.marks.is_empty() || whole.is_some_and(|it| it.known().is_some())
    }

    /// Where what is certain of a bar ends, between 0 and 1.
    pub(super) fn sure(&self, bar: &Bar) -> f64 {
        match bar.tail {
            Tail::Endless => 1.0,
            _ => self.share(bar.sure),
        }
    }

    /// The parts of a bar from left to right, for pictures that are not made of characters.
    pub(super) fn pieces(&self, bar: &Bar) -> Vec<Piece> {
        let (from, sure) = (self.share(bar.from), self.sure(bar));
        let given_up = self.given_up().map_or(1.0, |it| self.share(it));
        let after = |time: Option<u64>| time.map_or(sure, |it| self.share(it));
        let pieces = [
            (from, sure.min(given_up), Kind::Work),
            (from.max(given_up), sure, Kind::Wasted),
            (sure, after(bar.again), Kind::Again),
            (sure, after(bar.perhaps), Kind::Perhaps),
        ];
        let pieces = pieces.into_iter().filter(|it| it.0 < it.1);
        let pieces = pieces.map(|(from, to, kind)| Piece { from, to, kind });
        pieces.collect()
    }

    /// When the first hop gives up, if any does; whatever happens later is done for nobody.
    pub(super) fn given_up(&self) -> Option<u64> {
        let first = self.marks.iter().find(|it| it.first);
        first.map(|it| it.at)
    }
}

impl Bar {
    /// What is known of its length, as a time on the scale.
    pub(super) fn known(&self) -> Option<u64> {
        (self.tail != Tail::Endless && self.sure > 0).then_some(self.sure)
    }

    /// The last time that is known of it.
    fn known_end(&self) -> u64 {
        let perhaps = self.perhaps.unwrap_or(0);
        self.sure.max(perhaps).max(self.again.unwrap_or(0))
    }
}

/// A lane that may have others below it.
struct Above {
    /// The depth of its row.
    depth: usize,
    /// The end of the innermost repetition that it is part of.
    again: Option<u64>,
    /// Whatever happens in it is over by then.
    cut: Option<u64>,
}

fn lanes(steps: &[Row]) -> Vec<Lane<'_>> {
    let mut lanes = Vec::new();
    let mut above: Vec<Above> = Vec::new();
    let mut rest = steps;
    while !rest.is_empty() {
        let passing = (0..rest.len()).find(|&at| !passes_on(&rest[at..]));
        let (through, from_row) = rest.split_at(passing.unwrap_or(0));
        let row = &from_row[0];
        let top = through.first().unwrap_or(row).depth;
        above.retain(|it| it.depth < top);
        let outer = above.last();
        let (again, cut) = outer.map_or((None, None), |it| (it.again, it.cut));
        let bar = bar(row, again, cut);
        lanes.push(Lane {
            depth: above.len(),
            through,
            row,
            bar,
        });
        let own_end = row
            .worst
            .at_most_ms
            .map(|it| row.from_ms.saturating_add(it));
        above.push(Above {
            depth: row.depth,
            again: if row.times > 1 { Some(bar.sure) } else { again },
            cut: [cut, own_end].into_iter().flatten().min(),
        });
        rest = &from_row[1..];
    }
    lanes
}

/// Whether the first of these rows takes exactly what the next one takes, its only part.
fn passes_on(rows: &[Row]) -> bool {
    let [row, next, others @ ..] = rows else {
        return false;
    };
    let after = others.iter().find(|it| it.depth <= next.depth);
    row.times == 1
        && next.depth == row.depth + 1
        && (next.from_ms, &next.worst) == (row.from_ms, &row.worst)
        && after.is_none_or(|it| it.depth <= row.depth)
}

fn bar(row: &Row, again: Option<u64>, cut: Option<u64>) -> Bar {
    let within = |time: u64| cut.map_or(time, |cut| time.min(cut));
    let after = |length: u64| within(row.from_ms.saturating_add(length));
    let (sure, perhaps, tail) = match (row.worst.endless, row.worst.at_most_ms, cut) {
        (true, _, Some(cut)) => (cut, None, Tail::Ends),
        (true, _, None) => (after(row.worst.at_least_ms), None, Tail::Endless),
        (false, Some(most), _) => (after(row.worst.at_least_ms), Some(after(most)), Tail::Ends),
        (false, None, Some(cut)) => (after(row.worst.at_least_ms), Some(cut), Tail::Ends),
        (false, None, None) => (after(row.worst.at_least_ms), None, Tail::Unknown),
    };
    Bar {
        from: within(row.from_ms),
        sure,
        perhaps: perhaps.filter(|it| *it > sure),
        again: again
            .filter(|it| *it > sure && tail == Tail::Ends)
            .map(within),
        tail,
    }
}

fn marks(of: &Waterfall, known: u64) -> Vec<Mark<'_>> {
    let hops = of.hops.iter().enumerate().filter(|(_, it)| it.cuts);
    let mut marks: Vec<Mark> = hops
        .filter_map(|(position, hop)| {
            Some(Mark {
                at: hop.limit_ms?,
                hop,
                first: of.gives_up_first == Some(position),
            })
        })
        .collect();
    marks.sort_by_key(|it| (it.at, !it.first));
    // Work of unknown length says nothing about what is far; then the shortest limit does.
    let shortest = marks.first().map_or(0, |it| it.at);
    let length = if of.worst.is_exact() {
        known
    } else {
        known.max(shortest)
    };
    marks.retain(|it| it.first || it.at <= length.saturating_mul(FAR));
    marks
}

#[cfg(test)]
mod tests;
