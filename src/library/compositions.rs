//! The learner's own compositions: files `compositions/*.toml` in a folder of content become demos like all others.
//!
//! A demo lasts as long as the program, so a text is made into one only once: a library that is read again, because
//! some other file has changed, finds those that are there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::files;
use crate::config::problem::Problem;
use crate::lab::{self, Spec};

/// What files were made into demos so far, by their names and texts.
static MADE: Mutex<BTreeMap<(String, String), &'static Spec>> = Mutex::new(BTreeMap::new());

/// Reads the compositions of the folders, later ones over earlier ones of the same name, and lays them over the demos
/// that come with the program. Returns them with the files they came from. What is wrong with one becomes a problem, and
/// it is left out.
pub fn compositions(folders: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<(&'static Spec, String)> {
    let mut own: Vec<(&'static Spec, String)> = Vec::new();
    for file in files::compositions(folders, problems) {
        if let Some(spec) = composition(&file.name, &file.text, problems) {
            own.retain(|(known, _)| known.name != spec.name);
            own.push((spec, file.name));
        }
    }
    let specs: Vec<&'static Spec> = own.iter().map(|(spec, _)| *spec).collect();
    lab::lay_over(&specs);
    own
}

/// A composition as a demo, where nothing is wrong with its file.
pub fn composition(file: &str, text: &str, problems: &mut Vec<Problem>) -> Option<&'static Spec> {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (file.to_string(), text.to_string());
    if let Some(spec) = made.get(&key) {
        return Some(spec);
    }
    let (spec, wrong) = lab::compose(file, text);
    problems.extend(wrong);
    let spec = spec?;
    if lab::is_coded(spec.name) {
        let byte = text.find("name").unwrap_or(0);
        let message =
            format!("'{}' is a demo of the program, and no composition can take its place", spec.name);
        problems.push(Problem::at(file, text, 1, byte, message).help("give it another name"));
        return None;
    }
    made.insert(key, spec);
    Some(spec)
}
