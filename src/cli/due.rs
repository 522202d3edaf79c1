//! `sysdrill due`: what waits, by topic.

use serde_json::json;

use super::args::Json;
use super::place::Place;
use super::{Failure, print, print_json};
use crate::app::drill;

/// Says what is due now.
pub(super) fn run(place: &Place, verb: &Json) -> Result<(), Failure> {
    let library = place.library();
    let now = place.clock.now();
    let model = place.model(library, place.learned()?)?;
    // The same as on Today, and in the session that it starts.
    let waiting = drill::due(&model);
    let queue = waiting.queue(&model);
    let mut topics: Vec<(&str, usize, usize)> = Vec::new();
    for (index, new) in
        queue.learning.iter().chain(&queue.review).map(|i| (*i, 0)).chain(queue.new.iter().map(|i| (*i, 1)))
    {
        let topic = &*waiting.heads[index].topic;
        let at = topics.iter().position(|(known, ..)| *known == topic).unwrap_or_else(|| {
            topics.push((topic, 0, 0));
            topics.len() - 1
        });
        topics[at].1 += 1 - new;
        topics[at].2 += new;
    }
    let due = queue.learning.len() + queue.review.len();
    let new = queue.new.len();
    if verb.json {
        let topics: Vec<_> = topics
            .iter()
            .map(|(topic, due, new)| json!({ "topic": topic, "due": due, "new": new }))
            .collect();
        return print_json(&json!({ "at": now.to_string(), "due": due, "new": new, "topics": topics }));
    }
    if due + new == 0 {
        return print("nothing is due");
    }
    print(&format!("{due} due, {new} new"))?;
    for (topic, due, new) in topics {
        print(&format!("{due:5} due {new:5} new  {topic}"))?;
    }
    Ok(())
}
