use super::super::tests::{ask, endless, hop, row, seconds, unsure, waterfall};
use super::*;
use crate::budget::worst::Worst;

/// Depth, beginning, certain end, possible end and end of the repetitions of a bar, and its tail.
type Drawn = (usize, u64, u64, Option<u64>, Option<u64>, Tail);

fn bars(of: &Waterfall) -> Vec<Drawn> {
    let chart = Chart::new(of);
    let bars = chart.lanes.iter().map(|it| {
        let bar = it.bar;
        (
            it.depth,
            bar.from,
            bar.sure,
            bar.perhaps,
            bar.again,
            bar.tail,
        )
    });
    bars.collect()
}

#[test]
fn functions_that_only_pass_on_share_a_lane() {
    let of = ask();
    let chart = Chart::new(&of);
    assert_eq!(chart.lanes[0].through[0].title, "ask()");
    assert_eq!(chart.lanes[0].row.title, "answer()");
    let expected = [
        (0, 0, 191_500, None, None, Tail::Ends),
        (1, 0, 10_000, None, None, Tail::Ends),
        (1, 10_000, 191_500, None, None, Tail::Ends),
        (2, 10_000, 70_000, None, Some(191_500), Tail::Ends),
    ];
    assert_eq!(bars(&of), expected);
}

#[test]
fn a_function_with_two_parts_keeps_its_lane() {
    let steps = vec![
        row(0, "both()", 0, Worst::ENDLESS, 1),
        row(1, "first", 0, Worst::ENDLESS, 1),
        row(1, "second", 0, Worst::ENDLESS, 1),
    ];
    let depths: Vec<usize> = bars(&waterfall("x", steps, Vec::new()))
        .iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(depths, [0, 1, 1]);
}

#[test]
fn a_deadline_ends_what_lies_below_it() {
    let of = unsure();
    let all = bars(&of);
    assert_eq!(all[2], (1, 29_000, 32_000, Some(59_000), None, Tail::Ends));
    assert_eq!(all[4], (2, 32_000, 32_000, Some(59_000), None, Tail::Ends));
    assert_eq!(all[5].5, Tail::Unknown);
    let steps = vec![
        row(0, "wait_for", 0, seconds(30), 1),
        row(1, "wait", 0, Worst::ENDLESS, 1),
        row(1, "more", 90, seconds(5), 1),
    ];
    let all = bars(&waterfall("x", steps, Vec::new()));
    assert_eq!(all[1], (1, 0, 30_000, None, None, Tail::Ends));
    assert_eq!(all[2], (1, 30_000, 30_000, None, None, Tail::Ends));
}

#[test]
fn limits_that_are_far_away_do_not_squeeze_the_bars() {
    let steps = || vec![row(0, "wait", 0, seconds(10), 1)];
    let near = waterfall("x", steps(), vec![hop("a", Some(30), None)]);
    assert_eq!(Chart::new(&near).end, 36_000);
    let far = waterfall("x", steps(), vec![hop("a", Some(900), None)]);
    assert_eq!(Chart::new(&far).end, 10_000);
    assert_eq!(Chart::new(&far).marks.len(), 0);
}

#[test]
fn without_a_known_time_the_limits_make_the_scale() {
    assert_eq!(Chart::new(&endless()).end, 72_000);
    let alone = waterfall("x", vec![row(0, "wait", 0, Worst::ENDLESS, 1)], Vec::new());
    let chart = Chart::new(&alone);
    assert_eq!((chart.end, chart.given_up()), (0, None));
    assert!((chart.sure(&chart.lanes[0].bar) - 1.0).abs() < f64::EPSILON);
}

#[test]
fn the_first_to_give_up_is_marked() {
    let of = ask();
    let chart = Chart::new(&of);
    let marks: Vec<_> = chart.marks.iter().map(|it| (it.at, it.first)).collect();
    assert_eq!(marks, [(60_000, true), (120_000, false)]);
    assert_eq!(chart.given_up(), Some(60_000));
}

#[test]
fn a_bar_changes_where_the_first_hop_gives_up() {
    let of = ask();
    let chart = Chart::new(&of);
    let kinds = |lane: usize| -> Vec<Kind> {
        let pieces = chart.pieces(&chart.lanes[lane].bar);
        assert!(pieces.iter().all(|it| it.from < it.to && it.to <= 1.0));
        pieces.iter().map(|it| it.kind).collect()
    };
    assert_eq!(kinds(0), [Kind::Work, Kind::Wasted]);
    assert_eq!(kinds(1), [Kind::Work]);
    assert_eq!(kinds(3), [Kind::Work, Kind::Wasted, Kind::Again]);
    let of = unsure();
    let chart = Chart::new(&of);
    let unknown = chart.pieces(&chart.lanes[5].bar);
    assert_eq!(unknown, []);
    let bounded = chart.pieces(&chart.lanes[2].bar);
    assert_eq!(bounded.last().map(|it| it.kind), Some(Kind::Perhaps));
}
