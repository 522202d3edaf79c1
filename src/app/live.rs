//! The blocks of a page that run: demos, questions, sheets and decisions.

use crate::doc::{Live, LiveKind};
use crate::envelope::{self, Sheet};
use crate::library::Library;

use super::asking::Asking;
use super::layout;
use super::player::Player;
use super::walk::Walking;

/// A block that runs.
pub enum LiveBlock {
    /// A demo.
    Demo(Box<Player>),
    /// A question or a bet.
    Card(Box<Asking>),
    /// A sheet, line by line.
    Calc(Calc),
    /// A decision.
    Decide(Box<Walking>),
    /// What cannot run, and why.
    Broken(String),
}

/// A sheet in a page.
#[derive(Debug)]
pub struct Calc {
    /// The lines as written.
    pub text: String,
    /// What they evaluate to.
    pub sheet: Sheet,
}

impl LiveBlock {
    /// Brings a block to life. Questions get `seed`.
    pub(super) fn new(library: &Library, block: &Live, seed: u64) -> LiveBlock {
        let argument = block.argument.trim();
        match block.kind {
            LiveKind::Demo => match Player::from_argument(argument) {
                Ok(player) => LiveBlock::Demo(Box::new(player)),
                Err(why) => LiveBlock::Broken(why),
            },
            LiveKind::Card => match library.card(argument) {
                Some(card) => LiveBlock::Card(Box::new(Asking::new(card, seed))),
                None => LiveBlock::Broken(format!("no card is called '{argument}'")),
            },
            LiveKind::Calc => {
                LiveBlock::Calc(Calc { sheet: envelope::evaluate(&block.body), text: block.body.clone() })
            }
            LiveKind::Decide => match library.tree(argument) {
                Ok(tree) => LiveBlock::Decide(Box::new(Walking::new(library, tree))),
                Err(why) => LiveBlock::Broken(why),
            },
        }
    }

    /// How many lines it takes at a width, in a body of that height; none where the source is to be shown.
    #[must_use]
    pub fn height(&self, width: u16, body: u16) -> u16 {
        match self {
            LiveBlock::Demo(_) => layout::demo_height(body),
            LiveBlock::Card(asking) => {
                let inner = usize::from(width.saturating_sub(4).max(1));
                u16::try_from(asking.lines(inner).len() + 2).unwrap_or(u16::MAX)
            }
            LiveBlock::Calc(calc) => u16::try_from(calc.shown().count()).unwrap_or(u16::MAX),
            LiveBlock::Decide(walking) => walking.height(width, body),
            LiveBlock::Broken(_) => 0,
        }
    }
}

impl Calc {
    /// The lines to show, with their numbers: all but the assertions, which only say what is on the right anyway.
    pub fn shown(&self) -> impl Iterator<Item = (usize, &str)> {
        let all = self.text.lines().enumerate();
        all.filter(|(_, line)| !line.trim_start().starts_with("#="))
    }
}
