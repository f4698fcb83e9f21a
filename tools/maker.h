/* tools/maker.h: what people call a maker, from what the IEEE registry calls it. */
#ifndef TOOLS_MAKER_H
#define TOOLS_MAKER_H

/* Shortens a name of the registry in place: "HUAWEI TECHNOLOGIES CO.,LTD" becomes "Huawei Technologies",
 * "Siemens AG - Siemens Deutschland Mobility" becomes "Siemens". Never empty when name was not. */
void maker_shorten(char *name);

#endif
