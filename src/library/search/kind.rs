//! The kinds of things that are found, and how much a hit in each of them counts.

/// What kind of thing is found. The order is that of groups whose best hits are equally good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A topic, by title, slug or summary.
    Topic,
    /// A heading of a page.
    Heading,
    /// A term of the glossary.
    Term,
    /// A paragraph, an item, a row of a table, a line of code or of a sheet.
    Text,
    /// A card, by question, answer, options and reasons.
    Card,
    /// A demo, by title, name and the question it answers.
    Demo,
    /// A decision tree, by title, slug, questions, answers and leaves.
    Decision,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 7] =
        [Kind::Topic, Kind::Heading, Kind::Term, Kind::Text, Kind::Card, Kind::Demo, Kind::Decision];

    /// The title of its group.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Topic => "Topics",
            Kind::Heading => "Headings",
            Kind::Term => "Glossary",
            Kind::Text => "Text",
            Kind::Card => "Cards",
            Kind::Demo => "Demos",
            Kind::Decision => "Decisions",
        }
    }

    /// Whether it is known by a name, which can be misspelt.
    pub(super) fn is_name(self) -> bool {
        matches!(self, Kind::Topic | Kind::Heading | Kind::Term | Kind::Demo | Kind::Decision)
    }

    /// How much a hit in the name counts, and one below it.
    pub(super) fn fields(self) -> (u8, u8) {
        match self {
            Kind::Topic => (10, 6),
            Kind::Demo => (9, 4),
            Kind::Decision => (9, 3),
            Kind::Heading => (8, 8),
            Kind::Term => (7, 5),
            Kind::Text => (4, 4),
            Kind::Card => (2, 1),
        }
    }
}
