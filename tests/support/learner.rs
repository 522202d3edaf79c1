//! A learner made up: a log of answers over many days, written straight into a database, the same for the same plan.
//!
//! Who is made up recalls as the model says, by tosses of a seeded coin, is away on some days, and bets too high more often
//! than too low. It is for looking at figures, and for measuring how long they take.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, params_from_iter, types::Value};
use sysdrill::memory::{CardState, EventId, Grade, LoggedBet, Moment, Phase, Rules, Scheduler, StudyDay};
use sysdrill::sim::{Rng, Seed};
use sysdrill::store::{FILE, Store};

/// What the learner does.
pub struct Plan {
    /// The cards in the order in which they are begun, and whether each is a bet.
    pub cards: Vec<(String, bool)>,
    /// How many are begun on a day.
    pub new_a_day: usize,
    /// On how many days.
    pub days: u32,
    /// The last moment: answers of the last day are given in the hours before it.
    pub until: Moment,
    /// No more answers than these.
    pub most: usize,
    /// The seed.
    pub seed: u64,
}

struct Card {
    id: String,
    bets: bool,
    state: CardState,
}

/// Writes the log of such a learner into a new store in `directory`. Gives the number of answers.
pub fn write(directory: &Path, plan: &Plan) -> usize {
    drop(Store::open(directory).expect("a store"));
    let mut connection = Connection::open(directory.join(FILE)).expect("the file");
    connection.execute_batch("PRAGMA synchronous=OFF; PRAGMA cache_size=-200000").expect("settings");
    let scheduler = Scheduler::new(Rules::default()).expect("the usual rules");
    let transaction = connection.transaction().expect("a transaction");
    let mut log = Log::new(&transaction, &scheduler, plan);
    let mut cards: Vec<Card> = plan
        .cards
        .iter()
        .map(|(id, bets)| Card { id: id.clone(), bets: *bets, state: CardState::default() })
        .collect();
    let mut rng = Rng::stream(Seed(plan.seed), "learner");
    let mut due: BTreeMap<StudyDay, Vec<usize>> = BTreeMap::new();
    let (mut begun, mut answers) = (0, 0);
    for back in (0..plan.days).rev() {
        let mut now = plan.until;
        // An hour before the last moment, give or take; on one day in nine the learner is away.
        now.utc_millis -= i64::from(back) * 86_400_000 + 3_600_000 + (rng.below(4) as i64) * 3_600_000;
        if back > 0 && rng.below(9) == 0 {
            continue;
        }
        let today = now.study_day();
        let later = due.split_off(&(today + 1));
        let mut queue: Vec<usize> = std::mem::replace(&mut due, later).into_values().flatten().collect();
        let new = plan.new_a_day.min(cards.len() - begun);
        queue.extend(begun..begun + new);
        begun += new;
        let mut at = 0;
        while let Some(&card) = queue.get(at) {
            at += 1;
            if answers == plan.most {
                break;
            }
            let took = 4_000 + rng.below(20_000) + if cards[card].state.is_new() { 10_000 } else { 0 };
            now.utc_millis += 50 + took as i64;
            let grade = grade(&cards[card].state, now, &scheduler, &mut rng);
            answers += 1;
            log.answer(&mut cards[card], grade, now, took as i64, &mut rng);
            match cards[card].state.phase {
                Phase::Review { due: day } => due.entry(day).or_default().push(card),
                _ => queue.push(card),
            }
        }
    }
    log.cards(&cards);
    drop(log);
    transaction.commit().expect("written");
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("settled");
    answers
}

fn grade(state: &CardState, now: Moment, scheduler: &Scheduler, rng: &mut Rng) -> Grade {
    let chance = match (state.phase, state.memory) {
        (Phase::New, _) => 0.6,
        // A learner who is a little worse than the model thinks.
        (Phase::Review { .. }, Some(memory)) => {
            scheduler.recall(memory, f64::from(state.elapsed_days(now))).powf(1.3)
        }
        _ => 0.9,
    };
    if rng.unit() >= chance {
        return Grade::Again;
    }
    match rng.below(10) {
        0 | 1 => Grade::Hard,
        2 => Grade::Easy,
        _ => Grade::Good,
    }
}

struct Log<'c> {
    connection: &'c Connection,
    event: rusqlite::Statement<'c>,
    review: rusqlite::Statement<'c>,
    scheduler: &'c Scheduler,
    rules: String,
    seq: i64,
}

impl<'c> Log<'c> {
    fn new(connection: &'c Connection, scheduler: &'c Scheduler, plan: &Plan) -> Log<'c> {
        let rules = scheduler.rules();
        let parameters: Vec<f64> = rules.parameters.iter().map(|&parameter| f64::from(parameter)).collect();
        let detail = serde_json::json!({
            "model": "fsrs-6", "retention": rules.retention, "fuzz": rules.fuzz, "steps": rules.steps,
            "relearning_steps": rules.relearning_steps, "maximum_days": rules.maximum_days, "parameters": parameters,
        });
        let rules = rules.fingerprint();
        let insert = "INSERT INTO event (id, kind, card, at, offset, day, detail, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let mut event = connection.prepare(insert).expect("a statement");
        let columns = |prefix: &str| {
            ["phase", "step", "due", "stability", "difficulty", "last_at", "last_offset", "reps", "lapses"]
                .map(|column| format!("{prefix}_{column}"))
                .join(", ")
        };
        let review = connection.prepare(&format!(
            "INSERT INTO review (event, grade, practice, answer, seed, took, rules, {}, {}) VALUES ({})",
            columns("before"),
            columns("after"),
            vec!["?"; 25].join(", ")
        ));
        let seq: i64 = connection
            .query_row("SELECT coalesce(max(seq), 0) + 1 FROM event", [], |row| row.get(0))
            .expect("a number");
        event
            .execute(rusqlite::params![
                format!("rules-{rules}"),
                "rules",
                Option::<String>::None,
                plan.until.utc_millis,
                plan.until.offset_minutes,
                plan.until.study_day().0,
                detail.to_string(),
                seq
            ])
            .expect("the rules");
        Log { connection, event, review: review.expect("a statement"), scheduler, rules, seq }
    }

    fn answer(&mut self, card: &mut Card, grade: Grade, now: Moment, took: i64, rng: &mut Rng) {
        self.seq += 1;
        let seed = rng.below(1 << 53);
        let before = card.state;
        card.state = self.scheduler.answer(&before, grade, now, seed);
        let id = EventId::new(now, (u128::from(rng.next_u64()) << 16) | self.seq as u128);
        self.event
            .execute(rusqlite::params![
                id.0,
                "review",
                card.id,
                now.utc_millis,
                now.offset_minutes,
                now.study_day().0,
                Option::<String>::None,
                self.seq
            ])
            .expect("an event");
        let answer = card.bets.then(|| {
            // Six tosses make about a normal number; on the whole 1.5 times too high, off by a factor of 2 or so.
            let normal = (0..6).map(|_| rng.unit()).sum::<f64>() - 3.0;
            LoggedBet { bet: 0.1 * 10_f64.powf(0.18 + 0.45 * normal), truth: 0.1 }.to_string()
        });
        let mut values = vec![
            Value::Integer(self.seq),
            Value::Integer(i64::from(grade.number())),
            Value::Integer(0),
            answer.map_or(Value::Null, Value::Text),
            Value::Integer(seed.cast_signed()),
            Value::Integer(took),
            Value::Text(self.rules.clone()),
        ];
        values.extend(state(&before));
        values.extend(state(&card.state));
        self.review.execute(params_from_iter(values)).expect("a review");
    }

    fn cards(&self, cards: &[Card]) {
        let mut insert = self
            .connection
            .prepare(
                "INSERT INTO card (id, phase, step, due, stability, difficulty, last_at, last_offset, reps, lapses) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .expect("a statement");
        for card in cards.iter().filter(|card| !card.state.is_new()) {
            let values = std::iter::once(Value::Text(card.id.clone())).chain(state(&card.state));
            insert.execute(params_from_iter(values)).expect("a card");
        }
    }
}

/// A state as the columns have it.
fn state(state: &CardState) -> [Value; 9] {
    let (phase, step, due) = match state.phase {
        Phase::New => (0, 0, None),
        Phase::Learning { step, due } => (1, step, Some(due.utc_millis)),
        Phase::Review { due } => (2, 0, Some(i64::from(due.0))),
        Phase::Relearning { step, due } => (3, step, Some(due.utc_millis)),
    };
    let real = |value: Option<f32>| value.map_or(Value::Null, |value| Value::Real(f64::from(value)));
    let integer = |value: Option<i64>| value.map_or(Value::Null, Value::Integer);
    [
        Value::Integer(phase),
        Value::Integer(i64::from(step)),
        integer(due),
        real(state.memory.map(|memory| memory.stability)),
        real(state.memory.map(|memory| memory.difficulty)),
        integer(state.last_review.map(|last| last.utc_millis)),
        integer(state.last_review.map(|last| i64::from(last.offset_minutes))),
        Value::Integer(i64::from(state.reps)),
        Value::Integer(i64::from(state.lapses)),
    ]
}
