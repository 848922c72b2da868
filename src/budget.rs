//! How long a request can take, retries and their pauses included.

pub mod work;
pub mod worst;

use crate::units::Millis;

/// How long a retry pauses before each repetition.
///
/// Several pauses can be added to each other, as in `wait_fixed(3) + wait_random(0, 2)`. What is left
/// to chance counts at its maximum, so that a sum is never shorter than the truth.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Backoff {
    /// The pauses that are added to each other; without any there is none.
    pub parts: Vec<Pause>,
    /// Whether a part of it is left to chance, so that many callers do not come back together.
    pub random: bool,
}

/// One pause between two attempts.
#[derive(Debug, Clone, PartialEq)]
pub enum Pause {
    /// Before repetition *n*, counted from 0:
    ///
    /// > max(floor, min(cap, first · factorⁿ + step · n)) + jitter
    Growing(Growing),
    /// Before each repetition its own; the last one is used again when they do not suffice.
    Listed(Vec<Millis>),
    /// The same with pauses that may grow, each of which counts all repetitions.
    InTurn(Vec<Growing>),
}

/// A pause that may grow.
#[derive(Debug, Clone, PartialEq)]
pub struct Growing {
    /// The first pause.
    pub first: Millis,
    /// By what it is multiplied each time.
    pub factor: f64,
    /// What is added each time.
    pub step: Millis,
    /// The longest pause; none when there is no such bound.
    pub cap: Option<Millis>,
    /// The shortest pause.
    pub floor: Millis,
    /// What chance adds at most.
    pub jitter: Millis,
    /// How many pauses at the beginning are left out.
    pub skipped: u32,
}

impl Default for Growing {
    fn default() -> Self {
        Self {
            first: Millis(0),
            factor: 1.0,
            step: Millis(0),
            cap: None,
            floor: Millis(0),
            jitter: Millis(0),
            skipped: 0,
        }
    }
}

impl Growing {
    fn before(&self, repetition: u32) -> Millis {
        if repetition < self.skipped {
            return Millis(0);
        }
        // A power that overflows is infinite, and an infinite wait saturates.
        #[allow(clippy::cast_precision_loss)]
        let grown = self.first.0 as f64 * self.factor.powf(f64::from(repetition));
        let grown = Millis::of(grown, crate::units::Unit::Milliseconds).unwrap_or(Millis(u64::MAX));
        let grown = grown.plus(self.step.times(u64::from(repetition)));
        let capped = self.cap.map_or(grown, |cap| grown.min(cap));
        capped.max(self.floor).plus(self.jitter)
    }
}

impl Backoff {
    /// One pause, the same before every repetition.
    #[must_use]
    pub fn fixed(pause: Millis) -> Self {
        Self::from(Growing {
            first: pause,
            ..Growing::default()
        })
    }

    /// The longest pause before a repetition, counted from 0.
    #[must_use]
    pub fn before(&self, repetition: u32) -> Millis {
        let pauses = self.parts.iter().map(|it| match it {
            Pause::Growing(growing) => growing.before(repetition),
            Pause::Listed(all) => in_turn(all, repetition).copied().unwrap_or(Millis(0)),
            Pause::InTurn(all) => {
                let own = in_turn(all, repetition);
                own.map_or(Millis(0), |it| it.before(repetition))
            }
        });
        pauses.fold(Millis(0), Millis::plus)
    }

    /// The longest sum of the pauses of that many repetitions.
    ///
    /// From some repetition on nothing grows any more than it can be counted, so the sum of the rest
    /// is a product.
    #[must_use]
    pub fn total(&self, repetitions: u32) -> Millis {
        const ONE_BY_ONE: u32 = 1000;
        let singly = (0..repetitions.min(ONE_BY_ONE)).map(|it| self.before(it));
        let rest = repetitions.saturating_sub(ONE_BY_ONE);
        let sum = singly.fold(Millis(0), Millis::plus);
        sum.plus(
            self.before(repetitions.saturating_sub(1))
                .times(rest.into()),
        )
    }
}

/// What is written for a repetition; the last one when there are not so many.
fn in_turn<T>(all: &[T], repetition: u32) -> Option<&T> {
    all.get(repetition as usize).or(all.last())
}

impl From<Growing> for Backoff {
    fn from(growing: Growing) -> Self {
        Self {
            parts: vec![Pause::Growing(growing)],
            random: false,
        }
    }
}

/// The longest time that some work takes when it is tried that many times in all:
///
/// > worst = attempts · work + pauses
///
/// Source: follows from the definitions.
#[must_use]
pub fn retried(work: Millis, attempts: u32, pauses: &Backoff) -> Millis {
    let repetitions = attempts.saturating_sub(1);
    work.times(attempts.into()).plus(pauses.total(repetitions))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(growing: Growing, expected: &[u64]) {
        let backoff = Backoff::from(growing);
        let pauses: Vec<u64> = (0..)
            .take(expected.len())
            .map(|it| backoff.before(it).0)
            .collect();
        assert_eq!(pauses, expected);
        let repetitions = u32::try_from(expected.len()).expect("a short list");
        assert_eq!(backoff.total(repetitions).0, expected.iter().sum::<u64>());
    }

    #[test]
    fn an_exponential_pause_below_its_floor_is_flat() {
        let flat = Growing {
            first: Millis(1000),
            factor: 2.0,
            floor: Millis(4000),
            cap: Some(Millis(10_000)),
            ..Growing::default()
        };
        check(flat.clone(), &[4000, 4000]);
        check(flat, &[4000, 4000, 4000, 8000, 10_000, 10_000]);
    }

    #[test]
    fn jitter_counts_at_its_maximum() {
        let growing = Growing {
            first: Millis(1000),
            factor: 2.0,
            jitter: Millis(1000),
            ..Growing::default()
        };
        check(growing, &[2000, 3000, 5000]);
    }

    #[test]
    fn the_first_pauses_can_be_left_out() {
        let growing = Growing {
            first: Millis(500),
            factor: 2.0,
            skipped: 1,
            ..Growing::default()
        };
        check(growing, &[0, 1000, 2000]);
    }

    #[test]
    fn parts_are_added_and_the_last_of_a_list_is_used_again() {
        let backoff = Backoff {
            parts: vec![
                Pause::Listed(vec![Millis(100), Millis(300)]),
                Pause::Listed(vec![Millis(7)]),
            ],
            random: false,
        };
        assert_eq!(backoff.total(3), Millis(107 + 307 + 307));
        assert_eq!(Backoff::default().total(9), Millis(0));
    }

    #[test]
    fn pauses_in_turn_count_all_repetitions() {
        let doubling = Growing {
            first: Millis(1000),
            factor: 2.0,
            ..Growing::default()
        };
        let fixed = Growing {
            first: Millis(100),
            ..Growing::default()
        };
        let chain = vec![fixed, doubling];
        let backoff = Backoff {
            parts: vec![Pause::InTurn(chain)],
            random: false,
        };
        assert_eq!(backoff.total(3), Millis(100 + 2000 + 4000));
    }

    #[test]
    fn three_attempts_cost_three_waits_and_two_pauses() {
        let pauses = Backoff::fixed(Millis(2000));
        assert_eq!(retried(Millis(30_000), 3, &pauses), Millis(94_000));
        assert_eq!(retried(Millis(30_000), 1, &pauses), Millis(30_000));
    }

    #[test]
    fn a_pause_that_grows_for_ever_stops_at_the_largest_number() {
        let growing = Growing {
            first: Millis(1000),
            factor: 2.0,
            ..Growing::default()
        };
        assert_eq!(Backoff::from(growing).total(u32::MAX), Millis(u64::MAX));
    }
}
