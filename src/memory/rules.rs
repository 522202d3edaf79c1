//! What a scheduler goes by: the wished-for retention, the steps, and the parameters of the model.
//!
//! A review names its rules in the log, because a state can be computed again only with the rules
//! that it was computed by. So they have a fingerprint: the same on every machine, for the same rules.

use fsrs::{DEFAULT_PARAMETERS, check_and_fill_parameters};

/// The model of memory, as named in the log.
pub const MODEL: &str = "fsrs-6";

/// The rules of a schedule. [`super::Scheduler::new`] checks them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The chance of recall at which a card comes back: 0.70 to 0.99.
    pub retention: f64,
    /// Whether intervals are spread a little, so that cards learned together do not stay together.
    pub fuzz: bool,
    /// The learning steps of a new card, in minutes. Each is 1 to 720, and none is shorter than the one before. May be empty.
    pub steps: Vec<u32>,
    /// The steps of a card that was forgotten, likewise.
    pub relearning_steps: Vec<u32>,
    /// The longest interval, in days: 1 to 36,500.
    pub maximum_days: u32,
    /// The parameters of FSRS-6: 21 numbers. 17 or 19 (FSRS-4.5 and FSRS-5) are translated.
    pub parameters: Vec<f32>,
}

impl Default for Rules {
    /// 90% retention, fuzz, steps of 1 and 10 minutes, one relearning step of 10 minutes, and the parameters that fit the average learner.
    fn default() -> Rules {
        Rules {
            retention: 0.9,
            fuzz: true,
            steps: vec![1, 10],
            relearning_steps: vec![10],
            maximum_days: 36_500,
            parameters: DEFAULT_PARAMETERS.to_vec(),
        }
    }
}

/// Why rules cannot be followed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BadRules {
    /// The retention is out of range, or no number.
    #[error("retention is 0.70 to 0.99, not {0}")]
    Retention(f64),
    /// A step is out of range.
    #[error("a step is 1 to 720 minutes, not {0}")]
    Step(u32),
    /// A step is shorter than the one before.
    #[error("steps do not get shorter: {after} min comes after {before} min")]
    Order {
        /// The longer step.
        before: u32,
        /// The shorter one behind it.
        after: u32,
    },
    /// The longest interval is out of range.
    #[error("the longest interval is 1 to 36500 days, not {0}")]
    Maximum(u32),
    /// The parameters are not those of a model that is known.
    #[error("FSRS-6 takes 21 finite parameters (17 and 19 of older versions are read too); here are {0}")]
    Parameters(usize),
}

impl Rules {
    /// The rules with the parameters written out for FSRS-6, if they can be followed.
    ///
    /// # Errors
    /// Says which rule cannot be followed.
    pub fn checked(mut self) -> Result<Rules, BadRules> {
        if !(0.70..=0.99).contains(&self.retention) {
            return Err(BadRules::Retention(self.retention));
        }
        for steps in [&self.steps, &self.relearning_steps] {
            if let Some(&step) = steps.iter().find(|step| !(1..=720).contains(*step)) {
                return Err(BadRules::Step(step));
            }
            if let Some(pair) = steps.windows(2).find(|pair| pair[1] < pair[0]) {
                return Err(BadRules::Order { before: pair[0], after: pair[1] });
            }
        }
        if !(1..=36_500).contains(&self.maximum_days) {
            return Err(BadRules::Maximum(self.maximum_days));
        }
        let count = self.parameters.len();
        self.parameters =
            check_and_fill_parameters(&self.parameters).map_err(|_| BadRules::Parameters(count))?;
        Ok(self)
    }

    /// 16 hexadecimal digits that are equal where the rules are equal (64-bit FNV-1a over all fields).
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut bytes = MODEL.as_bytes().to_vec();
        bytes.extend(self.retention.to_bits().to_le_bytes());
        bytes.push(u8::from(self.fuzz));
        for steps in [&self.steps, &self.relearning_steps] {
            bytes.extend((steps.len() as u64).to_le_bytes());
            bytes.extend(steps.iter().flat_map(|step| step.to_le_bytes()));
        }
        bytes.extend(self.maximum_days.to_le_bytes());
        bytes.extend(self.parameters.iter().flat_map(|parameter| parameter.to_bits().to_le_bytes()));
        let hash = bytes.into_iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{hash:016x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_rules_are_named() {
        let check = |change: &dyn Fn(&mut Rules), expected: &str| {
            let mut rules = Rules::default();
            change(&mut rules);
            assert_eq!(rules.checked().map_err(|error| error.to_string()), Err(expected.to_string()));
        };
        check(&|rules| rules.retention = 0.699, "retention is 0.70 to 0.99, not 0.699");
        check(&|rules| rules.retention = f64::NAN, "retention is 0.70 to 0.99, not NaN");
        check(&|rules| rules.steps = vec![0], "a step is 1 to 720 minutes, not 0");
        check(&|rules| rules.relearning_steps = vec![721], "a step is 1 to 720 minutes, not 721");
        check(&|rules| rules.steps = vec![10, 1], "steps do not get shorter: 1 min comes after 10 min");
        check(&|rules| rules.maximum_days = 0, "the longest interval is 1 to 36500 days, not 0");
        let parameters =
            "FSRS-6 takes 21 finite parameters (17 and 19 of older versions are read too); here are";
        check(&|rules| rules.parameters = vec![1.0; 20], &format!("{parameters} 20"));
        check(&|rules| rules.parameters[3] = f32::NAN, &format!("{parameters} 21"));
    }

    #[test]
    fn the_ends_of_the_ranges_are_in() {
        for retention in [0.70, 0.99] {
            let rules =
                Rules { retention, steps: vec![1, 1, 720], relearning_steps: vec![], ..Rules::default() };
            assert_eq!(rules.clone().checked(), Ok(rules));
        }
        let older = Rules { parameters: DEFAULT_PARAMETERS[..19].to_vec(), ..Rules::default() };
        assert_eq!(older.checked().map(|rules| rules.parameters.len()), Ok(21));
    }

    #[test]
    fn each_rule_shows_in_the_fingerprint() {
        let plain = Rules::default();
        let others = [
            Rules { retention: 0.91, ..plain.clone() },
            Rules { fuzz: false, ..plain.clone() },
            Rules { steps: vec![1], relearning_steps: vec![10, 10], ..plain.clone() },
            Rules { steps: vec![1, 10, 10], relearning_steps: vec![], ..plain.clone() },
            Rules { maximum_days: 365, ..plain.clone() },
            Rules {
                parameters: DEFAULT_PARAMETERS.map(|parameter| parameter * 1.01).to_vec(),
                ..plain.clone()
            },
        ];
        let mut prints: Vec<String> = others.iter().map(Rules::fingerprint).collect();
        prints.push(plain.fingerprint());
        assert_eq!(plain.fingerprint(), Rules::default().fingerprint());
        assert!(prints.iter().all(|print| print.len() == 16));
        prints.sort();
        prints.dedup();
        assert_eq!(prints.len(), others.len() + 1);
    }
}
