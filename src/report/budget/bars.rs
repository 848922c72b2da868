//! The bars of a waterfall as characters, the marks that cross them, and the names of the marks.

use super::chart::{Bar, Chart, Tail};
use super::fit;
use super::paint::{Cell, Look};
use crate::units::Millis;

/// Blocks that fill an eighth, two eighths and so on of a column.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// What is drawn where nobody can tell how it goes on.
const UNKNOWN: [char; 3] = ['╌', '╌', '?'];

/// A bar with the marks across it.
pub(super) fn bar(chart: &Chart, bar: &Bar, columns: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::BLANK; columns];
    let from = column(chart.share(bar.from), columns);
    let sure = places(chart.sure(bar), columns);
    let end = solid(&mut cells, from, sure, bar);
    let until = |time| (places(chart.share(time), columns).ceil()).min(columns);
    for (time, sign, look) in [
        (bar.again, '─', Look::Faint),
        (bar.perhaps, '╌', Look::Faint),
    ] {
        if let Some(time) = time {
            let until = until(time).max(end);
            cells[end..until].fill(Cell { sign, look });
        }
    }
    match bar.tail {
        Tail::Ends => {}
        Tail::Endless => cells[columns - 1].sign = '►',
        Tail::Unknown => {
            let start = end.min(columns - UNKNOWN.len());
            for (cell, sign) in cells[start..].iter_mut().zip(UNKNOWN) {
                let look = Look::Faint;
                *cell = Cell { sign, look };
            }
        }
    }
    cross(&mut cells, chart);
    cells
}

/// Draws what is certain and tells the column after it.
fn solid(cells: &mut [Cell], from: usize, sure: Places, bar: &Bar) -> usize {
    if bar.tail != Tail::Endless && bar.sure <= bar.from {
        return from;
    }
    let end = sure.ceil().clamp(from + 1, cells.len());
    let look = Look::Work;
    cells[from..end].fill(Cell { sign: '█', look });
    cells[end - 1].sign = sure.last_block();
    end
}

/// Draws the marks, and in another way what happens after the first hop gave up.
fn cross(cells: &mut [Cell], chart: &Chart) {
    let columns = cells.len();
    if let Some(time) = chart.given_up() {
        let late = column(chart.share(time), columns);
        let wasted = cells[late..].iter_mut().filter(|it| it.look == Look::Work);
        for cell in wasted {
            cell.look = Look::Wasted;
            if EIGHTHS.contains(&cell.sign) {
                cell.sign = '▒';
            }
        }
    }
    for mark in chart.marks.iter().rev() {
        cells[column(chart.share(mark.at), columns)] = line(mark.first);
    }
}

fn line(first: bool) -> Cell {
    if first {
        let look = Look::First;
        Cell { sign: '┃', look }
    } else {
        let look = Look::Limit;
        Cell { sign: '│', look }
    }
}

/// The times of the marks and the end, above the bars; those without room are left out.
pub(super) fn scale(chart: &Chart, whole: &Bar, columns: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::BLANK; columns];
    let ends = whole.known().map(|it| (it, Look::Plain));
    let marks = chart.marks.iter().map(|it| (it.at, line(it.first).look));
    let first = chart.given_up().map(|it| (it, Look::First));
    let times = first
        .into_iter()
        .chain([(0, Look::Plain)])
        .chain(ends)
        .chain(marks);
    for (time, look) in times {
        let text = Millis(time).to_string();
        let at = column(chart.share(time), columns);
        let at = at.min(columns.saturating_sub(text.len()));
        // A blank on either side keeps two times apart.
        let around = at.saturating_sub(1)..(at + text.len() + 1).min(columns);
        if cells[around].iter().any(|it| it.sign != ' ') {
            continue;
        }
        for (cell, sign) in cells[at..].iter_mut().zip(text.chars()) {
            *cell = Cell { sign, look };
        }
    }
    cells
}

/// The names of the marks, each on a line below the bars: text before, the corner and text after.
pub(super) fn names(chart: &Chart, left: usize, columns: usize) -> Vec<Vec<Cell>> {
    let all: Vec<usize> = chart
        .marks
        .iter()
        .map(|it| left + column(chart.share(it.at), columns))
        .collect();
    let lines = chart.marks.iter().enumerate().rev().map(|(at, mark)| {
        let mut cells = vec![Cell::BLANK; left + columns];
        for (other, place) in chart.marks[..at].iter().zip(&all) {
            cells[*place] = line(other.first);
        }
        let own = all[at];
        let shared = all[..at].contains(&own);
        let look = line(mark.first).look;
        let word = if mark.first { "gives up first: " } else { "" };
        let hop = super::text::clean(&mark.hop.name);
        let name = format!("{word}{hop}, {}", mark.hop.text);
        let after = cells.len() - own - 1;
        let fits_after = fit::width(&name) < after || after > own;
        let (corner, room) = match (fits_after, shared) {
            (true, false) => ('└', after),
            (true, true) => ('├', after),
            (false, false) => ('┘', own),
            (false, true) => ('┤', own),
        };
        cells[own] = Cell { sign: corner, look };
        let name = fit::cut(&name, room.saturating_sub(1));
        let start = if fits_after {
            own + 2
        } else {
            own - 1 - fit::width(&name)
        };
        write_over(&mut cells, start, &name, look);
        cells
    });
    lines.collect()
}

/// Puts a text into cells; a wide character takes the place of two.
fn write_over(cells: &mut Vec<Cell>, start: usize, text: &str, look: Look) {
    let signs = text.chars().map(|sign| Cell { sign, look });
    let end = (start + fit::width(text)).min(cells.len());
    cells.splice(start..end, signs);
}

/// A place between two columns.
#[derive(Debug, Clone, Copy)]
struct Places(f64);

fn places(share: f64, columns: usize) -> Places {
    // No terminal has so many columns that a float would not hold them.
    #[allow(clippy::cast_precision_loss)]
    Places(share * columns as f64)
}

impl Places {
    // Both are between 0 and the number of columns.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn ceil(self) -> usize {
        self.0.ceil() as usize
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn floor(self) -> usize {
        self.0.floor() as usize
    }

    /// The block that fills the last column as far as it goes.
    fn last_block(self) -> char {
        let part = (self.0 - self.0.ceil() + 1.0) * 8.0;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let eighths = part.round().clamp(1.0, 8.0) as usize;
        EIGHTHS[eighths - 1]
    }
}

/// The column that a share of the whole falls into.
fn column(share: f64, columns: usize) -> usize {
    places(share, columns).floor().min(columns - 1)
}
