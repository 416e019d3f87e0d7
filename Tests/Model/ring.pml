/* The hall's protocol, as Sources/RingPipeline has it: claim, write, publish, read, release, wrap, park.
 *
 * Publishers fill a ring of N slots, one gating reader takes every slot and parks when there is none, one follower is not
 * waited for and may be overtaken. A dependent reader is such a follower behind the gating reader's mark: the input log behind
 * the core. A slot has two words, so that a mixture of two writings can be told, and a third that the gating reader stamps.
 * Spin runs every interleaving of the single steps; a step that the program makes as one atomic operation is one step here.
 *
 * What a weaker memory order could do beyond that is written as a mutant with the two steps exchanged: each fence and each
 * release or acquire in the Swift code stands for one of them. `check` demands that the protocol has no error and that every
 * mutant has one.
 *
 * Properties: nothing lost, nothing doubled, nothing torn (assertions at the readers); no reader past the writer (a slot that
 * is taken was published: its words are those of its sequence); no dependent reader past its mark (it finds the stamp); no
 * wake-up lost (a reader parked for ever is an invalid end state, for parking has no time limit here); no more looks before
 * parking than the strategy has (an idle reader costs nothing).
 */
#ifndef MUTANT
#define MUTANT 0
#endif
#ifndef PUBLISHERS
#define PUBLISHERS 2 /* or 1, and then a follower runs too: both together are too many interleavings */
#endif
#ifndef DEPENDENT
#define DEPENDENT 0  /* 1: the one that follows is the dependent reader */
#endif
#ifndef WAITING
#define WAITING 0    /* how the gating reader waits, 0: park, 1: spinThenPark, 2: adaptive */
#endif
#if WAITING == 0
#define MOST 1       /* looks before it parks */
#else
#define MOST 2
#endif
#define N 2          /* slots in the ring */
#if DEPENDENT
#define TOTAL 3      /* slots that are published in all: the ring wraps, for a third process with a doorbell only just */
#else
#define TOTAL 4
#endif
#define EACH (TOTAL / PUBLISHERS)

byte turns[N];       /* the sequence a slot holds, 0 while it is written */
byte low[N];         /* its two words */
byte high[N];
#if DEPENDENT
byte stamp[N];       /* GatingReader.restate: when it was judged */
byte judged;         /* StationMarks: the mark, and the sequence at which the log wants to be woken */
byte wish = 1;
byte log_parked;     /* the log's doorbell */
byte log_signal;
bool log_asleep;
#endif
byte claimed;        /* cursors */
byte released;

byte parked;         /* the doorbell: who is parked, and the futex word */
byte signal;
bool asleep;

byte author[TOTAL + 1]; /* who claimed a sequence, for the order of each publisher's slots */
byte number[TOTAL + 1];

/* Doorbell.ring(): the fence keeps the look at `parked` behind the publication. */
inline ring_bell() {
    if
    :: parked > 0 ->
        signal++;
        asleep = false   /* futex wake */
    :: else
    fi
}

#if DEPENDENT
inline ring_log() {
    if
    :: log_parked > 0 ->
        log_signal++;
        log_asleep = false
    :: else
    fi
}

/* StationMarks.judge: the mark is moved before the wish is looked at, both sequentially consistent. */
inline judge(sequence) {
#if MUTANT == 16
    if  /* looks at the wish first */
    :: sequence >= wish -> judged = sequence; ring_log()
    :: else -> judged = sequence
    fi
#else
    judged = sequence;
    if
    :: sequence >= wish -> ring_log()
    :: else
    fi
#endif
}
#endif

proctype publisher(byte me) {
    byte mine = 1;
    byte behind, sequence, place;
    do
    :: mine > EACH -> break
    :: else ->
        /* SharedPublisher.claim */
        behind = claimed;
#if MUTANT == 1
        if  /* full is found one slot too late */
        :: behind + 1 > released + N + 1 -> goto again
        :: else
        fi;
#else
        if
        :: behind + 1 > released + N -> goto again
        :: else
        fi;
#endif
#if MUTANT == 2
        claimed = behind + 1;   /* no compare: two may claim one sequence */
        sequence = behind + 1;
#else
        atomic {
            if
            :: claimed == behind -> claimed = behind + 1; sequence = behind + 1
            :: else -> goto again
            fi
        }
#endif
        place = (sequence - 1) % N;
        d_step { author[sequence] = me; number[sequence] = mine }
#if MUTANT != 3
        turns[place] = 0;       /* a follower that copies now must find out */
#endif
#if MUTANT == 4
        turns[place] = sequence; /* published before it is written */
        low[place] = sequence;
        high[place] = sequence;
#else
        low[place] = sequence;
        high[place] = sequence;
#if DEPENDENT
        stamp[place] = 0;
#endif
#endif
#if MUTANT == 5
        if  /* looks for the parked before it publishes: the fence of ring() is gone */
        :: parked > 0 -> turns[place] = sequence; signal++; asleep = false
        :: else -> turns[place] = sequence
        fi;
#else
#if MUTANT != 4
        turns[place] = sequence;
#endif
#if MUTANT == 6
        if  /* wakes whoever sleeps without changing the word: one that is about to sleep misses it */
        :: parked > 0 -> asleep = false
        :: else
        fi;
#else
        ring_bell();
#endif
#endif
        mine++;
again:  skip
    od
}

proctype gating_reader() {
    byte next = 1;
    byte place, a, b, seen;
    byte last[3];
#if WAITING == 1
    byte looks = MOST;  /* Lookout.count */
#else
    byte looks = 1;
#endif
    byte looked;
    do
    :: next > TOTAL -> break
    :: else ->
        place = (next - 1) % N;
again:
#if MUTANT == 7
        if  /* takes whatever stands there */
        :: turns[place] != 0 -> skip
#else
        if
        :: turns[place] == next -> skip
#endif
        :: else ->
            /* Lookout.finds, in vain */
            atomic {
                looked++;
                assert(looked <= MOST);
                if
                :: looked < looks -> goto again
                :: else -> looked = 0
                fi
#if WAITING == 2
                looks = 1
#endif
            }
            /* Doorbell.park */
#if MUTANT == 8
            if  /* looks before it is counted in: the fence of park() is gone */
            :: turns[place] == next -> goto take
            :: else
            fi;
            parked++;
            seen = signal;
#else
            parked++;
#if MUTANT != 9
            seen = signal;
#endif
#if MUTANT != 10
            if  /* looks again once it is counted in */
            :: turns[place] == next -> parked--; goto take
            :: else
            fi;
#endif
#if MUTANT == 9
            seen = signal;      /* a ring between the look and here is taken for an old one */
#endif
#endif
            atomic {            /* futex wait: sleeps only while the word is as seen */
                if
                :: signal == seen -> asleep = true
                :: else
                fi
            }
            !asleep;
            parked--;
            goto look
        fi;
take:
#if WAITING != 0
        atomic {            /* found: the next time an adaptive one looks longer */
            looked = 0;
#if MUTANT == 13
            looks = looks * 2   /* and longer, and longer */
#elif WAITING == 2
            looks = (looks * 2 > MOST -> MOST : looks * 2)
#endif
        }
#endif
#if MUTANT == 11
        released = next;        /* given back before it is copied */
#endif
        a = low[place];
        b = high[place];
        assert(a == next && b == next);
        assert(number[next] == last[author[next]] + 1); /* each publisher's order, none lost, none doubled */
        last[author[next]] = number[next];
#if DEPENDENT
#if MUTANT == 15
        judge(next);            /* the mark is moved before the stamp is written */
        stamp[place] = next;
#else
        stamp[place] = next;
        judge(next);
#endif
#endif
#if MUTANT != 11
        released = next;
#endif
        next++;
look:   skip
    od
}

/* Copies what it can and counts what it missed; nobody waits for it. */
proctype follower() {
    byte next = 1;
    byte place, a, b, turn;
    byte read, missed;
    do
    :: next > TOTAL -> break
    :: else ->
        place = (next - 1) % N;
        turn = turns[place];
        if
        :: turn == next ->
            a = low[place];
            b = high[place];
#if MUTANT != 12
            if
            :: turns[place] == next ->  /* the turn is looked at again behind the copy */
                assert(a == next && b == next);
                read++;
                next++
            :: else
            fi
#else
            assert(a == next && b == next);
            read++;
            next++
#endif
        :: turn != next && claimed >= next + N -> missed++; next++ /* overtaken */
        :: else -> skip                 /* not yet published */
        fi
    od;
    assert(read + missed == TOTAL)
}

#if DEPENDENT
/* A follower that reads no further than the gating reader's mark, and parks until that moves. */
proctype dependent() {
    byte next = 1;
    byte place, a, b, c, turn, seen;
    byte read, missed;
    do
    :: next > TOTAL -> break
    :: else ->
        place = (next - 1) % N;
#if MUTANT != 14            /* it passes its mark: the slot is published, is it not? */
        /* StationMarks.waitForLogWork */
        if
        :: judged >= next -> skip
        :: else ->
            if  /* it may have wished for more before, and have given that up when its time was over */
            :: wish = next + 1
            :: skip
            fi;
#if MUTANT != 17
            wish = next;
#endif
            log_parked++;
            seen = log_signal;
            if
            :: judged >= next -> log_parked--; goto copy
            :: else
            fi;
#if MUTANT == 17
            wish = next;        /* said only once it has looked */
#endif
            atomic {
                if
                :: log_signal == seen -> log_asleep = true
                :: else
                fi
            }
            !log_asleep;
            log_parked--;
            goto look
        fi;
#endif
copy:
        turn = turns[place];
        if
        :: turn == next ->
            a = low[place];
            b = high[place];
            c = stamp[place];
            if
            :: turns[place] == next ->
                d_step {
                    assert(a == next && b == next);
                    assert(c == next);  /* judged, and stamped so */
                    a = 0; b = 0; c = 0; turn = 0;
                    read++;
                    next++
                }
            :: else
            fi
        :: turn != next && claimed >= next + N -> missed++; next++
        :: else -> skip
        fi;
look:   skip
    od;
    assert(read + missed == TOTAL)
}
#endif

init {
    atomic {
        run publisher(1);
        run gating_reader();
#if PUBLISHERS == 2
        run publisher(2)
#elif DEPENDENT
        run dependent()
#else
        run follower()
#endif
    }
}
