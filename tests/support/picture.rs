//! What a terminal shows, as a picture that web pages show.

use std::fmt::Write as _;

/// Sizes in pixels: a character of the font below is this wide, a line this high.
const WIDTH: f64 = 8.4;
const HEIGHT: f64 = 19.0;
const FONT_SIZE: f64 = 14.0;
const EDGE: f64 = 16.0;

const FONTS: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const PAPER: &str = "#0d1117";
const INK: &str = "#e6edf3";
/// Colours by the number with which a terminal is asked for them.
const COLORS: [(&str, &str); 5] = [
    ("31", "#ff7b72"),
    ("33", "#e3b341"),
    ("35", "#d2a8ff"),
    ("36", "#79c0ff"),
    ("32", "#7ee787"),
];

/// How characters look.
#[derive(Debug, Default, Clone, PartialEq)]
struct Look {
    color: Option<&'static str>,
    bold: bool,
    dim: bool,
    underlined: bool,
}

impl Look {
    /// Takes the numbers of one `ESC [ … m`.
    fn take(&mut self, numbers: &str) {
        for number in numbers.split(';') {
            match number {
                "" | "0" => *self = Self::default(),
                "1" => self.bold = true,
                "2" => self.dim = true,
                "4" => self.underlined = true,
                other => {
                    let known = COLORS.iter().find(|it| it.0 == other);
                    let known = known.unwrap_or_else(|| panic!("nobody drew `{other}` before"));
                    self.color = Some(known.1);
                }
            }
        }
    }

    fn attributes(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        if let Some(color) = self.color {
            let _ = write!(text, " fill=\"{color}\"");
        }
        for (is, attribute) in [
            (self.bold, " font-weight=\"bold\""),
            (self.dim, " opacity=\"0.6\""),
            (self.underlined, " text-decoration=\"underline\""),
        ] {
            text.push_str(if is { attribute } else { "" });
        }
        text
    }
}

/// The picture of lines with the escapes that a terminal obeys; `about` is for who cannot see it.
pub(crate) fn svg(lines: &str, about: &str) -> String {
    let mut texts = String::new();
    let (mut widest, mut count) = (0, 0);
    let mut look = Look::default();
    for line in lines.lines() {
        let mut column = 0;
        for (at, part) in line.split('\x1b').enumerate() {
            let mut rest = part;
            if at > 0 {
                let (numbers, behind) = part.split_once('m').expect("only looks are asked for");
                look.take(numbers.trim_start_matches('['));
                rest = behind;
            }
            draw(&mut texts, rest, (column, count), &look);
            column += rest.chars().count();
        }
        widest = widest.max(column);
        count += 1;
    }
    let (width, height) = (x(widest) + EDGE, y(count) - HEIGHT / 2.0 + EDGE);
    let about = escaped(about);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-label=\"{about}\">\n\
         <title>{about}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{PAPER}\"/>\n\
         <g font-family=\"{FONTS}\" font-size=\"{FONT_SIZE}\" fill=\"{INK}\" xml:space=\"preserve\">\n\
         {texts}</g>\n</svg>\n"
    )
}

/// Characters that look alike, at their column and line; their width is fixed, whatever the font.
fn draw(texts: &mut String, run: &str, (column, line): (usize, usize), look: &Look) {
    let text = run.trim_end();
    let blank = text.len() - text.trim_start().len();
    let text = text.trim_start();
    if text.is_empty() {
        return;
    }
    let (x, y) = (x(column + blank), y(line));
    #[expect(clippy::cast_precision_loss, reason = "a line is short")]
    let length = text.chars().count() as f64 * WIDTH;
    let (attributes, text) = (look.attributes(), escaped(text));
    let _ = writeln!(
        texts,
        "<text x=\"{x:.1}\" y=\"{y:.0}\" textLength=\"{length:.1}\" \
         lengthAdjust=\"spacingAndGlyphs\"{attributes}>{text}</text>"
    );
}

#[expect(clippy::cast_precision_loss, reason = "a line is short")]
fn x(column: usize) -> f64 {
    EDGE + column as f64 * WIDTH
}

#[expect(clippy::cast_precision_loss, reason = "there are few lines")]
fn y(line: usize) -> f64 {
    EDGE + (line as f64 + 0.75) * HEIGHT
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
