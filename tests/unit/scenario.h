/* tests/unit/scenario.h: stories for the ledger and the detections, as text with a clock of their own.
 *
 * A file of tests/scenario/ holds many. Each begins with a line "== what it shows" and is made of lines:
 *   host NAME MAC IP [tap=N]        an address pair; "-" for a part that is not known
 *   limit NAME=N                    a cap of model/limits.h; before the first record
 *   ordered                         this story depends on its order: do not shuffle it
 *   at SECONDS                      the clock
 *   flow A -> B:PORT [udp|icmp|ether] [silent] [open] [vlan=N] [proto=P]
 *   act PROTO VERB[-CLASS] A -> B[/STATION] [PHASE] [OUTCOME] [object=N] [space=N] [name=TEXT] [code=N] [result=N]
 *       [value=N] [times=N] [since=SECONDS] [re=LABEL] [label=LABEL] [flood]
 *   fact KIND A[/STATION] [text=TEXT] [number=N] [trust=T] [proto=P]
 *   health [tap=N] [vlan=N] minute=N frames=N
 *   tick                            a tick of the clock's second
 *   person KIND A TEXT
 *   learn | watch                   the rest is a run of its own on the same database: learning or not
 *   reload                          the ledger is written and read back
 *   expect ...                      see the functions below
 * Every story without "ordered" is told again in other orders, and every one with times= again act by act: the ledger
 * must come out the same, byte for byte. */
#ifndef TESTS_SCENARIO_H
#define TESTS_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct story;

/* Runs one story; lines end with LF. What went wrong is written to why ("" when nothing did). */
void story_run(const char *text, char *why, size_t cap);

#endif
