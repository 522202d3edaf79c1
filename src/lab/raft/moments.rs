//! What is remembered for the picture of messages.

use super::cluster::{Cluster, Mail};
use crate::lab::scene::{Passage, Tone};
use crate::sim::Nanos;
use crate::systems::raft::{Body, Id, Outcome};

/// So many moments are remembered for the picture.
const MOMENTS: usize = 60;

/// Something that the picture of messages shows.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    pub(super) at: Nanos,
    pub(super) from: Id,
    pub(super) to: Id,
    pub(super) text: String,
    pub(super) passage: Passage,
    pub(super) tone: Tone,
}

impl Cluster {
    pub(super) fn note(&mut self, noted: Noted) {
        if self.moments.len() == MOMENTS {
            self.moments.pop_front();
        }
        self.moments.push_back(noted);
    }

    pub(super) fn note_act(&mut self, at: Nanos, id: Id, text: impl Into<String>, tone: Tone) {
        let passage = Passage::Direct;
        self.note(Noted { at, from: id, to: id, text: text.into(), passage, tone });
    }

    /// Remembers a message for the picture; heartbeats and the answers to them would crowd out the others.
    pub(super) fn note_mail(&mut self, at: Nanos, mail: &Mail, lost: Option<&str>) {
        let quiet = match &mail.body {
            Body::Append { entries, .. } => entries.is_empty(),
            Body::Appended { outcome: Outcome::Matched(index), .. } => self
                .node(mail.to)
                .and_then(|node| node.peers().iter().find(|peer| peer.id == mail.from))
                .is_none_or(|peer| peer.matched >= *index),
            _ => false,
        };
        if quiet {
            return;
        }
        let (said, tone) = super::picture::said(mail);
        let (passage, tone) =
            if lost.is_some() { (Passage::Lost, Tone::Bad) } else { (Passage::Direct, tone) };
        self.note(Noted { at, from: mail.from, to: mail.to, text: said, passage, tone });
    }
}
