//! The corpus as a whole: which topics are written, and that every place of `content/coverage.toml` exists. What a page and
//! a deck have to have is `sysdrill check`'s, which `tests/cli.rs` and `tests/decide.rs` run over the program's own content.

use std::collections::BTreeMap;

use sysdrill::library::{self, Library};

/// The parts of which all topics are written, but for these.
const PARTS: [&str; 6] =
    ["foundations", "load-balancing", "caching", "messaging", "distributed", "reliability"];
const LATER: [&str; 3] = ["disaster-recovery", "service-discovery", "concurrency-multithreading"];
/// Written topics of other parts.
const BESIDE: [&str; 5] =
    ["sharding", "indexing", "database-selection", "back-of-envelope", "interview-framework"];

#[test]
fn the_first_half_of_the_topics_is_written() {
    let library = Library::load(&[]);
    let wanted =
        |part: &str, slug: &str| (PARTS.contains(&part) && !LATER.contains(&slug)) || BESIDE.contains(&slug);
    for topic in &library.topics {
        assert_eq!(wanted(&topic.part, &topic.slug), topic.page.is_some(), "{}", topic.slug);
        assert_ne!(topic.planned, topic.page.is_some(), "{}", topic.slug);
    }
    assert_eq!(library.written().count(), 48);
}

#[test]
fn what_a_page_builds_on_stands_before_it_on_the_path() {
    let library = Library::load(&[]);
    let at = |slug: &str| library.topics.iter().position(|topic| topic.slug == slug);
    for (place, topic) in library.topics.iter().enumerate() {
        for needed in &topic.prerequisites {
            assert!(at(needed).is_some_and(|needed| needed < place), "{} needs {needed}", topic.slug);
        }
    }
}

/// A list of the sections that have places, each owned by the topic of its first place; its lines by section.
fn list() -> BTreeMap<String, String> {
    let text = library::ours("coverage.toml").expect("it is embedded");
    let places: BTreeMap<String, Vec<String>> = toml::from_str(text).expect("it is TOML");
    let library = Library::load(&[]);
    let owner = |places: &[String]| {
        let slug = places.iter().find_map(|place| {
            let slug = place.split(['#', '.']).next().unwrap_or_default();
            library.topic(slug).filter(|topic| topic.page.is_some())
        });
        slug.map_or("quorums", |topic| topic.slug.as_str()).to_string()
    };
    places.into_iter().map(|(id, places)| (id.clone(), format!("{id},A title,{}", owner(&places)))).collect()
}

fn covered(rows: impl Iterator<Item = String>) -> (library::Coverage, Vec<String>) {
    let text = format!("section_id,title,topics\n{}\n", rows.collect::<Vec<_>>().join("\n"));
    let coverage = library::coverage(&Library::load(&[]), "list.csv", &text);
    let problems = coverage.problems.iter().map(ToString::to_string).collect();
    (coverage, problems)
}

#[test]
fn every_place_of_the_coverage_exists() {
    let list = list();
    let (coverage, problems) = covered(list.values().cloned());
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!((coverage.owned, coverage.later), (list.len(), 0));
    assert!(list.len() >= 387, "{} sections", list.len());
    // A link for each kind of place.
    for part in ["](../content/topics/", "](../decks/", "](../content/decisions/", "demo `"] {
        assert!(coverage.report.contains(part), "{part}");
    }
}

#[test]
fn a_section_without_a_place_a_place_without_a_section_and_a_bad_row_are_told() {
    let mut list = list();
    let first = list.pop_first().map(|(id, _)| id).expect("there are sections");
    let more = ["9.99,New,quorums".to_string(), "9.98,Later,data-privacy".to_string(), "9.97".to_string()];
    let (coverage, problems) = covered(list.into_values().chain(more));
    let [no_place, bad_row, no_section] = &problems[..] else { panic!("{problems:#?}") };
    assert!(no_place.contains("section 9.99 (New) has no place in coverage.toml"), "{no_place}");
    assert!(bad_row.contains("this row cannot be read") && bad_row.contains("section_id"), "{bad_row}");
    assert!(no_section.contains(&format!("the list has no section '{first}'")), "{no_section}");
    assert_eq!(coverage.later, 1);
}

#[test]
fn what_a_learner_changes_is_not_held_to_our_standard() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("decks")).expect("made");
    // A card of ours in their words, without a why; and a term that stands on no page of ours.
    let deck = "topic = \"quorums\"\n[[card]]\nid = \"sloppy\"\nkind = \"basic\"\nquestion = \"Q\"\nanswer = \"A\"\n";
    std::fs::write(folder.path().join("decks/quorums.toml"), deck).expect("written");
    let term = "[[term]]\nname = \"snark\"\ntopic = \"quorums\"\nsays = \"A boojum.\"\n";
    std::fs::write(folder.path().join("glossary.toml"), term).expect("written");
    let library = Library::load(&[folder.path().to_path_buf()]);
    assert_eq!(library.card("quorums.sloppy").map(|card| card.question.as_str()), Some("Q"));
    assert_eq!(library::check(&library).problems, []);
}
