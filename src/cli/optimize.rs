//! `sysdrill optimize`: the parameters of the model, fitted to one's own log, and what a desired retention costs.

use serde_json::json;

use super::args::Optimize;
use super::place::Place;
use super::{Failure, print, print_json};
use crate::app::progress::workload;
use crate::memory::{Figures, Fit, NoFit, StudyDay, Watch, fit};
use crate::store::Store;

/// Fits the parameters and uses them where they predict better; or says what retentions lead to.
pub(super) fn run(place: &Place, verb: &Optimize) -> Result<(), Failure> {
    place.tell_problems();
    let store = if verb.dry_run { place.store_if_any()? } else { Some(place.store()?) };
    let Some(mut store) = store else { return Err(too_few(&NoFit::TooFew(0))) };
    if verb.reset {
        store.set_own_parameters(None, place.clock.now())?;
        return if verb.json {
            print_json(&json!({ "used": "usual" }))
        } else {
            print("the usual parameters are used from now on")
        };
    }
    if verb.workload {
        return workloads(place, &store, verb);
    }
    let rules = place.schedulers(Some(&store))?.usual().rules().clone();
    let reviews = store.reviews_since(StudyDay(i32::MIN))?;
    let fit = match fit(&reviews, &rules, &Watch::default()) {
        Ok(fit) => fit,
        Err(why @ NoFit::TooFew(_)) => return Err(too_few(&why)),
        Err(why) => return Err(why.into()),
    };
    let used = fit.is_better() && !verb.dry_run;
    if used {
        store.set_own_parameters(Some(&fit.parameters), place.clock.now())?;
    }
    if verb.json { tell_json(&fit, used) } else { tell(&fit, used) }
}

fn too_few(why: &NoFit) -> Failure {
    anyhow::anyhow!("{why}; the usual parameters stay").into()
}

fn tell_json(fit: &Fit, used: bool) -> Result<(), Failure> {
    let figures = |of: &Figures| json!({ "log_loss": of.log_loss, "rmse_bins": of.rmse });
    print_json(&json!({
        "reviews": fit.reviews,
        "held_out": fit.held_out,
        "present": figures(&fit.present),
        "fitted": figures(&fit.fitted),
        "better": fit.is_better(),
        "used": if used { "fitted" } else { "present" },
        "parameters": fit.parameters,
    }))
}

fn tell(fit: &Fit, used: bool) -> Result<(), Failure> {
    print(&format!(
        "{} reviews on later days; the newest {} are held out to judge by",
        fit.reviews, fit.held_out
    ))?;
    print("              log loss   RMSE (bins)   on what was held out; lower is better")?;
    for (name, of) in [("present", &fit.present), ("fitted", &fit.fitted)] {
        print(&format!("  {name:10} {:9.4} {:13.4}", of.log_loss, of.rmse))?;
    }
    print(match (fit.is_better(), used) {
        (true, true) => {
            "the fitted parameters predict better and are used from now on; --reset goes back to the usual ones"
        }
        (true, false) => "the fitted parameters predict better; without --dry-run they are used",
        (false, _) => "the fitted parameters predict no better: the present ones stay",
    })
}

/// What each desired retention leads to.
fn workloads(place: &Place, store: &Store, verb: &Optimize) -> Result<(), Failure> {
    let library = place.library();
    let rules = place.schedulers(Some(store))?.usual().rules().clone();
    let wanted = workload::Wanted {
        rules: rules.clone(),
        new_per_day: place.settings.drill.new_per_day,
        now: place.clock.now(),
        days: verb.days,
    };
    let found = wanted.simulate(store, &library)?;
    if verb.json {
        let rows: Vec<_> = found
            .iter()
            .map(|of| {
                json!({
                    "retention": of.retention,
                    "minutes_a_day": of.minutes_a_day(),
                    "reviews_a_day": of.reviews_a_day(),
                    "remembered": of.memorised_at_end(),
                })
            })
            .collect();
        return print_json(&json!({ "days": verb.days, "retention": rules.retention, "choices": rows }));
    }
    print(&format!(
        "over {} days, {} new cards a day, every due card answered on its day:",
        verb.days, wanted.new_per_day
    ))?;
    print("  retention   minutes a day   reviews a day   remembered at the end")?;
    for of in &found {
        let mark = if (of.retention - rules.retention).abs() < 1e-9 { "  (set now)" } else { "" };
        print(&format!(
            "  {:8.0}% {:15.1} {:15.0} {:23.0}{mark}",
            of.retention * 100.0,
            of.minutes_a_day(),
            of.reviews_a_day(),
            of.memorised_at_end()
        ))?;
    }
    print(
        "choose with `retention` in [drill] of the settings; a simulation, so compare the rows with each other",
    )
}
