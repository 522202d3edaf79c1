//! What takes long and is done beside the loop: counting, simulating, fitting, and the day's backup.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::Session;
use crate::app::progress::workload::{self, DAYS};
use crate::app::{Action, Fitting};
use crate::memory::{self, StudyDay, Watch};
use crate::store::Store;
use crate::term::Woken;
use crate::term::counting::Wanted;

/// How often a fit says how far it is.
const SAYS: Duration = Duration::from_millis(100);

impl Session {
    /// Counts the figures of Progress: at once, or on a thread where that takes long.
    pub(super) fn count(&mut self) -> anyhow::Result<()> {
        let (library, scheduler) = (Arc::clone(&self.model.library), self.model.schedulers.usual().clone());
        let wanted = Wanted { library, scheduler, now: self.model.now };
        if wanted.takes_long(&self.store) {
            let sender = self.terminal.sender();
            let counting = wanted.count_on_a_thread(self.data.clone(), move |found| {
                sender.send(Woken::Figures(found));
            });
            return counting.or_else(|error| self.tell(format!("Not counted: {error}"), true));
        }
        match wanted.count(&mut self.store) {
            Ok(figures) => self.act(Action::Figures(Box::new(figures))),
            Err(error) => self.tell(error.to_string(), true),
        }
    }

    /// Makes the day's backup, if there is none yet, on a thread of its own: the first frame is drawn.
    pub(super) fn back_up(&self) {
        let (data, now, sender) = (self.data.clone(), self.model.now, self.terminal.sender());
        let back_up = move || {
            if let Err(error) = Store::backup_if_due(&data, now) {
                sender.send(Woken::Failed(format!("No backup was made: {error}")));
            }
            // Where it cannot be written now, the next start counts a little longer.
            let _ = Store::open(&data).and_then(|mut store| store.settle_if_behind());
        };
        let _ = std::thread::Builder::new().name("backup".into()).spawn(back_up);
    }

    /// Simulates what desired retentions lead to.
    pub(super) fn foresee(&self) {
        let wanted = workload::Wanted {
            rules: self.model.schedulers.usual().rules().clone(),
            new_per_day: self.model.settings.drill.new_per_day,
            now: self.model.now,
            days: DAYS,
        };
        let (data, library) = (self.data.clone(), Arc::clone(&self.model.library));
        let sender = self.terminal.sender();
        let simulate = move || {
            let found = Store::open(&data).and_then(|store| wanted.simulate(&store, &library));
            match found {
                Ok(found) => sender.send(Woken::Workload(found)),
                Err(error) => {
                    sender.send(Woken::Workload(Vec::new())) && sender.send(Woken::Failed(error.to_string()))
                }
            }
        };
        let _ = std::thread::Builder::new().name("workload".into()).spawn(simulate);
    }

    /// Fits the parameters to the log, and says now and then how far it is.
    pub(super) fn fit_parameters(&self) {
        let (data, rules) = (self.data.clone(), self.model.schedulers.usual().rules().clone());
        let (watch, sender) = (Watch::default(), self.terminal.sender());
        let fit = move || {
            let (seen, telling) = (watch.clone(), sender.clone());
            let telling = std::thread::spawn(move || {
                while !seen.is_stopped() && telling.send(Woken::Fitting(Fitting::Running(seen.share()))) {
                    std::thread::sleep(SAYS);
                }
            });
            let reviews = Store::open(&data).and_then(|store| store.reviews_since(StudyDay(i32::MIN)));
            let done = match reviews {
                Ok(reviews) => memory::fit(&reviews, &rules, &watch).map_err(|why| why.to_string()),
                Err(error) => Err(error.to_string()),
            };
            // So that nothing is said behind the end.
            watch.stop();
            let _ = telling.join();
            sender.send(Woken::Fitting(match done {
                Ok(fit) => Fitting::Done(Box::new(fit)),
                Err(why) => Fitting::Failed(why),
            }))
        };
        let _ = std::thread::Builder::new().name("fitting".into()).spawn(fit);
    }

    /// Merges with other machines through a folder. A tilde at its beginning is the home directory.
    pub(super) fn sync(&self, folder: &str) {
        let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
        let folder = match (folder.strip_prefix('~'), home) {
            (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
                PathBuf::from(home).join(rest.trim_start_matches('/'))
            }
            _ => PathBuf::from(folder),
        };
        let (data, sender) = (self.data.clone(), self.terminal.sender());
        let failed = self.terminal.sender();
        let sync = move || {
            let done = Store::open(&data).and_then(|mut store| store.sync(&folder));
            sender.send(Woken::Synced(done.map(Box::new).map_err(|error| error.to_string())))
        };
        if let Err(error) = std::thread::Builder::new().name("sync".into()).spawn(sync) {
            failed.send(Woken::Synced(Err(error.to_string())));
        }
    }

    /// Keeps fitted parameters, or forgets them.
    pub(super) fn keep_parameters(&mut self, parameters: Option<&[f32]>) -> anyhow::Result<()> {
        if let Err(error) = self.store.set_own_parameters(parameters, self.model.now) {
            return self.tell(format!("Not saved: {error}"), true);
        }
        self.model.learned.fitted(parameters.map(<[f32]>::to_vec));
        self.act(Action::Parameters)
    }
}
