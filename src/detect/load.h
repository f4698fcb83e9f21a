/* detect/load.h: what the files that read a rule share. */
#ifndef DETECT_LOAD_H
#define DETECT_LOAD_H

#include "detect/rule.h"
#include "detect/yaml.h"

enum { SELECTIONS_MAX = 64, LOAD_PROTOS = 128 };

struct selection {
	const char *name;
	struct node *node;
	const yaml_node_t *at;
	bool used;
};

struct loader {
	struct yread y;
	struct ruleset *set;
	struct rule *rule;	/* being made */
	uint16_t protos[LOAD_PROTOS];	/* what `on: protocol` names */
	unsigned proto_count;
	bool proto_wrong;	/* it names one that does not exist: what is said of codes is not judged */
	unsigned tests;
	struct selection selections[SELECTIONS_MAX];
	unsigned selection_count;
};

/* The one test "field|modifier...: values". NULL: said why. */
struct node *load_test(struct loader *l, const char *key, const yaml_node_t *key_node, yaml_node_t *value,
		       unsigned depth);

/* "detection:" with its condition. NULL: said why. */
struct node *load_detection(struct loader *l, yaml_node_t *map);

/* The condition over l->selections. */
struct node *load_condition(struct loader *l, const yaml_node_t *at);

/* "correlation:". False: said why. */
bool load_correlation(struct loader *l, yaml_node_t *map);

/* "detector:". False: said why. */
bool load_detector(struct loader *l, yaml_node_t *map);

struct node *load_node(struct loader *l, uint8_t kind, uint32_t kids);

#endif
