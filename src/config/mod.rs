//! Settings, paths, the key map and the theme, as data.

pub mod fields;
pub mod key;
pub mod paths;
pub mod problem;
pub mod settings;
pub mod source;
pub mod theme;
