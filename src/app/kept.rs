//! What is made from the model at the first look after a change, and kept until the next one.
//!
//! What waits today and the plan up to a date are made of every card. A frame has no time for that with a hundred
//! thousand of them, and most frames follow a key that changed nothing they are made of. What they are made of is told
//! apart by stamps and not by its content, so a look costs the same whatever the size of the collection.

use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Weak};

use super::Model;
use crate::library::Library;
use crate::memory::{Moment, StudyDay};

/// Tells one state of something from all others. A copy is the same state.
#[derive(Clone, Debug, Default)]
pub struct Stamp(Arc<()>);

impl Stamp {
    /// From now on it is another state.
    pub fn renew(&mut self) {
        self.0 = Arc::new(());
    }

    fn is(&self, other: &Stamp) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A stamp is no part of what it stands on: two that were made apart may hold the same.
impl PartialEq for Stamp {
    fn eq(&self, _: &Stamp) -> bool {
        true
    }
}

/// A value and what it was made of; nothing before the first look.
pub struct Kept<T>(RefCell<Option<(From, Arc<T>)>>);

struct From {
    learned: Stamp,
    // Not the library itself, which would outlive its reading anew; its place is not used again as long as this is there.
    library: Weak<Library>,
    day: StudyDay,
    until: Option<Moment>,
}

impl<T> Kept<T> {
    /// The value. It is made where what was learned, the library or the day is another one than when it was made last,
    /// or the moment has come that the maker named with it: until when it holds.
    pub fn get(&self, model: &Model, make: impl FnOnce() -> (T, Option<Moment>)) -> Arc<T> {
        if let Some((from, value)) = &*self.0.borrow()
            && from.holds(model)
        {
            return Arc::clone(value);
        }
        let (value, until) = make();
        let value = Arc::new(value);
        let from = From {
            learned: model.learned.stamp.clone(),
            library: Arc::downgrade(&model.library),
            day: model.now.study_day(),
            until,
        };
        *self.0.borrow_mut() = Some((from, Arc::clone(&value)));
        value
    }
}

impl From {
    fn holds(&self, model: &Model) -> bool {
        self.learned.is(&model.learned.stamp)
            && self.library.as_ptr() == Arc::as_ptr(&model.library)
            && self.day == model.now.study_day()
            && self.until.is_none_or(|until| model.now < until)
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(RefCell::new(None))
    }
}

impl<T> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}
