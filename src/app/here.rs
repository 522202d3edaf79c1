//! Where one is: which contexts have the keys, and what that means for them.

use super::command::{Context, Do};
use super::live::LiveBlock;
use super::{Model, Overlay, Tab};

impl Model {
    /// The contexts whose keys the help shows: those of this screen first, then all others.
    #[must_use]
    pub fn contexts_of_help(&self) -> Vec<Context> {
        use Context as C;
        let here = match self.tab {
            Tab::Today => vec![C::Today, C::First, C::Plan],
            // A question or a decision that has the keys comes before the page around it.
            Tab::Library if self.asking().is_some() => self.reader.contexts(),
            Tab::Library if self.reader.contexts().contains(&C::Walk) => vec![C::Walk, C::Page, C::List],
            Tab::Library => vec![C::Page, C::Shelf, C::Outline, C::Find, C::Pick, C::Zoom, C::List],
            Tab::Lab => vec![C::Demo, C::DemoHands, C::DemoPanel, C::DemoList, C::DemoFilter, C::List],
            // What acts now comes first.
            Tab::Drill => self.drill.contexts_of_help(),
            Tab::Envelope => vec![C::Sheet, C::Envelope, C::Selected, C::Completions, C::Sheets],
            Tab::Progress => vec![C::Progress, C::Map, C::List],
        };
        let all = [
            C::Everywhere,
            C::Today,
            C::First,
            C::Plan,
            C::Decks,
            C::Aside,
            C::Study,
            C::Form,
            C::FormText,
            C::List,
            C::Page,
            C::Shelf,
            C::Outline,
            C::Find,
            C::Pick,
            C::Zoom,
            C::Walk,
            C::Demo,
            C::DemoHands,
            C::DemoPanel,
            C::DemoList,
            C::DemoFilter,
            C::Question,
            C::Gaps,
            C::Essay,
            C::Arrange,
            C::Pair,
            C::Class,
            C::Point,
            C::Tick,
            C::Verdict,
            C::Summary,
            C::Progress,
            C::Map,
            C::Sheet,
            C::Envelope,
            C::Selected,
            C::Completions,
            C::Sheets,
            C::SheetName,
            C::Field,
            C::Palette,
            C::Search,
            C::Panel,
        ];
        let rest: Vec<C> = all.into_iter().filter(|context| !here.contains(context)).collect();
        here.into_iter().chain(rest).collect()
    }

    /// Where keys work, innermost first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        use Context as C;
        match &self.overlay {
            Some(Overlay::Palette(_)) => return vec![C::Palette, C::Everywhere],
            Some(Overlay::Search(_)) => return vec![C::Search, C::Everywhere],
            Some(Overlay::Form(form)) if form.is_typed() => return vec![C::FormText, C::Everywhere],
            Some(Overlay::Form(_)) => return vec![C::Form, C::Everywhere],
            Some(Overlay::Sheets(list)) if list.naming.is_some() => return vec![C::SheetName, C::Everywhere],
            Some(Overlay::Sheets(_)) => return vec![C::Sheets, C::List, C::Everywhere],
            Some(_) => return vec![C::Panel, C::Everywhere],
            None => {}
        }
        let mut contexts = match self.tab {
            Tab::Today if self.plan.shown.is_some() => vec![C::Plan, C::List],
            Tab::Today if self.first.is_some() => vec![C::First, C::Today],
            Tab::Today => vec![C::Today],
            Tab::Library => self.reader.contexts(),
            Tab::Lab => self.lab.contexts(),
            Tab::Drill => self.drill.contexts(),
            Tab::Envelope => {
                let mut contexts = self.envelope.editor.contexts();
                contexts.push(C::Envelope);
                contexts
            }
            Tab::Progress if self.progress.grid(self.frame().body).is_some() => {
                vec![C::Map, C::Progress, C::List]
            }
            Tab::Progress => vec![C::Progress, C::List],
        };
        if self.study.is_some() {
            contexts.push(C::Study);
        }
        contexts.push(C::Everywhere);
        contexts
    }

    /// Whether what is typed is text now: then only chords, Enter, Esc and Tab act.
    #[must_use]
    pub fn types_text(&self) -> bool {
        match self.contexts().first() {
            Some(
                Context::Field
                | Context::FormText
                | Context::Gaps
                | Context::Essay
                | Context::Find
                | Context::Palette
                | Context::Search
                | Context::Sheet
                | Context::Completions
                | Context::Selected
                | Context::SheetName
                | Context::DemoFilter,
            ) => true,
            Some(_) | None => false,
        }
    }

    /// Whether the demo that has the keys has something for a command: things to lay hands on, ways to look at it.
    #[must_use]
    pub fn offers(&self, does: Do) -> bool {
        let player = match self.tab {
            Tab::Lab => self.lab.open.as_deref(),
            _ => match self.reader.open.as_ref().and_then(|reading| reading.block_with_keys()) {
                Some(LiveBlock::Demo(player)) => Some(player.as_ref()),
                _ => None,
            },
        };
        player.is_some_and(|player| match does {
            Do::Hands => !player.spec().acts.is_empty(),
            Do::View => !player.spec().views.is_empty(),
            _ => true,
        })
    }
}
