"""Random histories, scheduled by the pip package `fsrs`: an implementation of FSRS-6 that shares no code with ours.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install fsrs==6.3.2
    /tmp/venv/bin/python tests/fsrs/make.py 0 > tests/data/fsrs/histories.txt

The argument is the seed. Exit code 77: the package is not installed. Lines of the output:

    rules RETENTION STEPS RELEARNING_STEPS MAXIMUM PARAMETERS...     steps in minutes, `-` for none
    GRADE DAYS STABILITY DIFFICULTY INTERVAL|...|DAYS RECALL  a history: its answers, each some days after the one
                                                             before; then the recall some days later

An interval is in days, or in minutes with an `m`. The first answer is at 05:00 UTC, and each comes a minute later in its
day than the one before it, so that days of 24 hours and study days are the same number.
"""

import random
import sys
from datetime import datetime, timedelta, timezone

try:
    from fsrs import Card, Rating, Scheduler, State
    from fsrs.scheduler import LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS, DEFAULT_PARAMETERS
except ImportError:
    sys.exit(77)

SETS = 30
HISTORIES = 60
LONGEST = 36500


def parameters(rng, index):
    """The default ones, then ones around them, as fits to real learners are, within the model's bounds."""
    if index < 3:
        return list(DEFAULT_PARAMETERS)
    values = []
    for default, low, high in zip(DEFAULT_PARAMETERS, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS):
        value = default * 2 ** rng.uniform(-1, 1) if rng.random() < 0.9 else rng.uniform(low, high)
        values.append(float("%.4f" % min(max(value, low), high)))
    values[:4] = sorted(values[:4])
    return values


def steps(rng, longest):
    chosen = sorted(rng.choice([1, 5, 10, 15, 60]) for _ in range(rng.randrange(longest + 1)))
    return chosen, ",".join(map(str, chosen)) or "-"


def history(rng, scheduler):
    card = Card()
    now = datetime(2026, 1, 1, 5, tzinfo=timezone.utc)
    answers = []
    gap = 0
    for _ in range(rng.choice([2, 3, 4, 5, 6, 7, 12])):
        now += timedelta(days=gap, minutes=1)
        grade = rng.choices([1, 2, 3, 4], [2, 1, 5, 1])[0]
        after, _ = scheduler.review_card(card, Rating(grade), now)
        if after.stability > LONGEST:
            break  # ours stops there, theirs does not
        card = after
        wait = card.due - now
        due = wait.days
        shown = str(due) if card.state == State.Review else "%gm" % (wait.total_seconds() / 60)
        answers.append("%d %d %.8g %.7g %s" % (grade, gap, card.stability, card.difficulty, shown))
        # On time, early, late; steps mostly on the same day.
        if card.state == State.Review:
            gap = rng.choice([due, due, rng.randrange(due + 1), due + rng.randrange(2 * due + 2)])
        else:
            gap = rng.choice([0, 0, 0, rng.randrange(5)])
    if not answers:
        return None
    later = rng.randrange(400)
    recall = scheduler.get_card_retrievability(card, card.last_review + timedelta(days=later))
    return "|".join(answers + ["%d %.6g" % (later, recall)])


def main():
    rng = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    for index in range(SETS):
        values = parameters(rng, index)
        retention = rng.choice([0.7, 0.8, 0.85, 0.9, 0.95, 0.97])
        learning, learning_text = steps(rng, 3)
        relearning, relearning_text = steps(rng, 2)
        maximum = rng.choice([LONGEST, LONGEST, 365])
        scheduler = Scheduler(
            parameters=values,
            desired_retention=retention,
            learning_steps=[timedelta(minutes=step) for step in learning],
            relearning_steps=[timedelta(minutes=step) for step in relearning],
            maximum_interval=maximum,
            enable_fuzzing=False,
        )
        print("rules", retention, learning_text, relearning_text, maximum, *values)
        for _ in range(HISTORIES):
            line = history(rng, scheduler)
            if line:
                print(line)


main()
