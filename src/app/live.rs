//! The blocks of a page that run: demos, questions, sheets and decisions.

use crate::doc::{Live, LiveKind};
use crate::library::Library;

use super::asking::Asking;
use super::layout;
use super::player::Player;
use super::sheet::SheetEditor;
use super::walk::Walking;

/// A block that runs.
pub enum LiveBlock {
    /// A demo.
    Demo(Box<Player>),
    /// A question or a bet.
    Card(Box<Asking>),
    /// A sheet, line by line, to be changed in place.
    Calc(Box<Calc>),
    /// A decision.
    Decide(Box<Walking>),
    /// What cannot run, and why.
    Broken(String),
}

/// A sheet in a page. What is changed here stays here: the file is not touched.
#[derive(Debug)]
pub struct Calc {
    /// The sheet as it stands now.
    pub editor: SheetEditor,
    written: String,
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
            LiveKind::Calc => LiveBlock::Calc(Box::new(Calc::new(&block.body))),
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
            LiveBlock::Calc(calc) => u16::try_from(calc.lines().count()).unwrap_or(u16::MAX),
            LiveBlock::Decide(walking) => walking.height(width, body),
            LiveBlock::Broken(_) => 0,
        }
    }

    /// Whether it is another block than `other`, though the page names both alike: the page holds neither the tree of
    /// a decision nor the card, and their files may have changed.
    pub(super) fn is_other_than(&self, other: &LiveBlock) -> bool {
        match (self, other) {
            (LiveBlock::Decide(one), LiveBlock::Decide(other)) => one.tree != other.tree,
            (LiveBlock::Broken(one), LiveBlock::Broken(other)) => one != other,
            (one, other) => std::mem::discriminant(one) != std::mem::discriminant(other),
        }
    }

    /// Whether it can be entered and takes keys then.
    #[must_use]
    pub fn takes_keys(&self) -> bool {
        match self {
            LiveBlock::Broken(_) => false,
            // What is graded is done.
            LiveBlock::Card(asking) => asking.graded.is_none(),
            LiveBlock::Demo(_) | LiveBlock::Calc(_) | LiveBlock::Decide(_) => true,
        }
    }
}

impl Calc {
    /// A sheet with the lines of a block, but for the assertions: they are for `sysdrill check`, and say only what
    /// stands on the right anyway.
    fn new(body: &str) -> Calc {
        let shown: Vec<&str> = body.lines().filter(|line| !line.trim_start().starts_with("#=")).collect();
        let written = shown.join("\n");
        Calc { editor: SheetEditor::with_text(&written), written }
    }

    /// The lines of the sheet.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.editor.text().split('\n')
    }

    /// Whether it is another one than the page has.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.editor.text() != self.written
    }

    /// The sheet as the page has it.
    pub(super) fn reset(&mut self) {
        self.editor = SheetEditor::with_text(&self.written);
    }
}
