//! What a node has to tell: rumours, those first that were told least often.

use super::Rumour;

/// Rumours with how often each was told. One a member at most.
#[derive(Clone, Debug, Default)]
pub(super) struct Gossip {
    /// By how often they were told, then by age: the next one to tell first.
    rumours: Vec<(u32, Rumour)>,
}

impl Gossip {
    /// Something new, in the place of what was told about that member.
    pub(super) fn add(&mut self, rumour: Rumour) {
        self.rumours.retain(|(_, old)| old.about != rumour.about);
        self.rumours.insert(0, (0, rumour));
    }

    /// The next ones to tell, `most` at most. What was told `limit` times is forgotten.
    pub(super) fn take(&mut self, most: usize, limit: u32) -> Vec<Rumour> {
        let told = self.rumours.len().min(most);
        let taken = self.rumours[..told].iter().map(|(_, rumour)| *rumour).collect();
        self.rumours[..told].iter_mut().for_each(|(times, _)| *times += 1);
        self.rumours.retain(|(times, _)| *times < limit);
        // Stable: of those told equally often the newer one stays first.
        self.rumours.sort_by_key(|(times, _)| *times);
        taken
    }
}
