//! One of the two engines, or none where what is on the device cannot be opened.

use super::controls::Knobs;
use super::side::Side;
use crate::systems::blocks::{Blocks, Fault};
use crate::systems::btree::BTree;
use crate::systems::key_value::KeyValue;
use crate::systems::lsm::Lsm;

/// Which engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    BTree,
    Lsm,
}

/// An engine. There is none where what is on the device cannot be opened.
#[derive(Clone)]
pub(super) enum Engine {
    BTree(Box<BTree>),
    Lsm(Box<Lsm>),
    Broken,
}

impl Engine {
    pub(super) fn open(which: Which, device: Blocks, knobs: &Knobs) -> Result<Engine, Fault> {
        match which {
            Which::BTree => BTree::open(device, knobs.btree).map(|tree| Engine::BTree(Box::new(tree))),
            Which::Lsm => Lsm::open(device, knobs.lsm).map(|tree| Engine::Lsm(Box::new(tree))),
        }
        .map_err(|why| why.fault)
    }

    pub(super) fn store(&self) -> Option<&dyn KeyValue> {
        match self {
            Engine::BTree(tree) => Some(&**tree),
            Engine::Lsm(tree) => Some(&**tree),
            Engine::Broken => None,
        }
    }

    pub(super) fn store_mut(&mut self) -> Option<&mut dyn KeyValue> {
        match self {
            Engine::BTree(tree) => Some(&mut **tree),
            Engine::Lsm(tree) => Some(&mut **tree),
            Engine::Broken => None,
        }
    }
}

/// The tree of a side, for what is shown of it.
pub(super) fn btree(side: &Side) -> Option<&BTree> {
    match &side.engine {
        Engine::BTree(tree) => Some(tree),
        _ => None,
    }
}

/// The same for the other one.
pub(super) fn lsm(side: &Side) -> Option<&Lsm> {
    match &side.engine {
        Engine::Lsm(tree) => Some(tree),
        _ => None,
    }
}
