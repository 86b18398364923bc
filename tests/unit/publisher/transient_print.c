/* Print what passes when it is sent again, for tests/e2e/transient_botocore.py, which has botocore's own lists.
 *
 * One line on stdin: STATUS CODE, no code "-". One line on stdout: "no", "throttle" or "fault". */
#include "publisher/priv/transient.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
    static const char *const kinds[] = { "no", "throttle", "fault" };
    char code[80];
    int status;
    while (scanf("%d %79s", &status, code) == 2)
        (void)printf("%s\n", kinds[sl_transient_of(status, strcmp(code, "-") == 0 ? "" : code)]);
    return 0;
}
