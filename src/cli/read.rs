//! `sysdrill read`: a page on the screen, or printed.

use std::io::{IsTerminal, Read as _};

use super::args::Read;
use super::place::{self, Place};
use super::{Failure, print, screen};
use crate::doc;

/// Shows or prints a topic or a Markdown file; lists the topics where none is named.
pub(super) fn run(place: &Place, verb: &Read) -> Result<(), Failure> {
    let library = place.library();
    let Some(what) = &verb.what else {
        for topic in library.written() {
            print(&format!("{:24} {:3} min  {}", topic.slug, topic.minutes(), topic.title))?;
        }
        return Ok(());
    };
    let ascii = place.settings.screen.ascii;
    let is_file = what == "-" || what.contains(['/', '\\']) || what.ends_with(".md");
    if is_file && library.topic(what).is_none() {
        let bytes = if what == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes)?;
            bytes
        } else {
            std::fs::read(what).map_err(|error| anyhow::anyhow!("{what}: {error}"))?
        };
        let text = String::from_utf8_lossy(&bytes);
        return print(&doc::plain(&doc::parse_foreign(&text), verb.width, ascii));
    }
    let topic = place::topic(&library, what)?;
    let Some(page) = &topic.page else {
        return Err(anyhow::anyhow!("'{what}' is planned and not written yet").into());
    };
    if !verb.plain && std::io::stdout().is_terminal() && std::io::stdin().is_terminal() {
        return screen::topic(place, what);
    }
    let title = format!("# {}\n\n", topic.title);
    let heading = doc::plain(&doc::parse(&title), verb.width, ascii);
    let body = doc::plain(&doc::parse_from(&page.body, page.body_line), verb.width, ascii);
    let mut text = format!("{heading}\n{body}");
    if !page.sources.is_empty() {
        let mut list = String::from("## Sources\n\n");
        for source in &page.sources {
            list.push_str(&format!(
                "- {}: *{}* ({}). {}\n",
                source.author, source.title, source.year, source.place
            ));
        }
        text.push('\n');
        text.push_str(&doc::plain(&doc::parse(&list), verb.width, ascii));
    }
    print(&text)
}
