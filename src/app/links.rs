//! Where Enter leads on a page: along a link, into a block, to a footnote, to another file.

use super::command::Do;
use super::live::LiveBlock;
use super::reader::{Focus, Origin};
use super::{Effect, Model, pages};
use crate::doc;

/// Enter: follows the link, enters the block, opens what is folded, goes to the footnote.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    match reading.focus {
        Some(Focus::Live(live)) => {
            reading.enter(live);
            if let Some(LiveBlock::Demo(player)) = reading.live.get_mut(&live)
                && player.run.events() == 0
            {
                player.playing = true;
            }
            Vec::new()
        }
        Some(Focus::Fold(fold)) => {
            reading.toggle_fold(fold);
            Vec::new()
        }
        Some(Focus::Note(reference)) => {
            let number = reading.page.references.get(reference).map(|reference| reference.number);
            pages::before_jump(model);
            let Some(reading) = &mut model.reader.open else { return Vec::new() };
            (reading.focus, reading.entered) = (None, false);
            let note = reading.document.footnotes.iter().find(|note| Some(note.number) == number);
            if let Some(line) = note.map(|note| note.line) {
                reading.go_to_source(line);
            }
            pages::looked(model)
        }
        Some(Focus::Link(link)) => match reading.page.links.get(link).map(|link| link.url.clone()) {
            Some(url) => follow_link(model, &url),
            None => Vec::new(),
        },
        None => {
            reading.act(Do::NextLink);
            Vec::new()
        }
    }
}

/// Where an address leads: a heading of this page, a topic, a file beside this one, or out of the program.
fn follow_link(model: &mut Model, url: &str) -> Vec<Effect> {
    let Some(reading) = &model.reader.open else { return Vec::new() };
    if url.contains("://") || url.starts_with("mailto:") {
        model.say(format!("Copied: {}", doc::clean(url)));
        return vec![Effect::Copy(url.to_string())];
    }
    let (name, heading) = match url.split_once('#') {
        Some((name, heading)) => (name, Some(heading)),
        None => (url, None),
    };
    if name.is_empty() || reading.topic() == Some(name) {
        let Some(heading) = heading else { return Vec::new() };
        pages::before_jump(model);
        let found = model.reader.open.as_mut().is_some_and(|reading| {
            let found = reading.go_to_heading(heading);
            if found {
                (reading.focus, reading.entered) = (None, false);
            }
            found
        });
        if !found {
            model.reader.back.pop();
            model.say(format!("This page has no heading '{}'.", doc::clean(heading)));
        }
        return pages::looked(model);
    }
    if let Origin::File(file) = &reading.origin
        && model.library.topic(name).is_none()
    {
        let folder = file.path.as_ref().and_then(|path| path.parent());
        let Some(folder) = folder else {
            model.say(format!("'{}' lies beside a file, and this text came from a pipe.", doc::clean(name)));
            return Vec::new();
        };
        return vec![Effect::ReadFile(folder.join(unescaped(name)), heading.map(str::to_string))];
    }
    // As files name each other: `../caching/eviction.md` is the topic `eviction`.
    let slug = name.trim_end_matches(".md").rsplit('/').next().unwrap_or(name);
    let slug = if model.library.topic(name).is_some() { name } else { slug };
    pages::open_topic(model, slug, heading, false)
}

/// The text with `%20` and the like as the characters they stand for.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
