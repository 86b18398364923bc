/* OpenSSL's secure heap, where it keeps private numbers: locked, not dumped, wiped when freed. */
#ifndef SL_KEYS_PRIV_SECMEM_H
#define SL_KEYS_PRIV_SECMEM_H

/* Turn it on for this process. Where the system gives no such memory OpenSSL uses the ordinary heap and still wipes. */
void sl_secmem_setup(void);

#endif
