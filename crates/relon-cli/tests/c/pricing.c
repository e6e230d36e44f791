/* Prices an order in C with the rule of examples/pricing, then fails in three ways. */
#include <stdio.h>
#include <string.h>

#include "pricing.h"

static relon_string text(const char *plain) {
    relon_string string = { plain, strlen(plain) };
    return string;
}

static void show(relon_call *call, uint32_t status) {
    const relon_site *site = pricing_site(status);
    const char *why = NULL;
    size_t length = 0;
    uint32_t kind = relon_call_failure(call, &why, &length);
    printf("%s %u:%u %u %.*s\n", site->kind_name, site->line, site->column, kind, (int)length, why);
}

int main(void) {
    pricing_Item items[2] = {
        { text("DSK-160-OAK"), text("bulky"), 4, 38900, 31500 },
        { text("PEN-GEL-BK"), text("office"), 240, 115, 12 },
    };
    pricing_Order order = { .id = text("A-1"), .express = true };
    order.customer.name = text("H\303\251l\303\250ne");
    order.customer.tier = text("gold");
    order.customer.region = text("FR");
    order.customer.years = 7;
    order.customer.coupon.is_some = true;
    order.customer.coupon.value = text("SPRING-26");
    order.items.items = items;
    order.items.length = 2;

    relon_call *call = relon_call_new(1 << 20);
    pricing_Quote quote;
    uint32_t status = pricing_run(call, &order, &quote);
    if (status != 0) {
        show(call, status);
        return 1;
    }
    printf("%.*s\n", (int)quote.title.length, quote.title.data);
    for (size_t line = 0; line < quote.lines.length; line++) {
        const pricing_Line *priced = &quote.lines.items[line];
        printf("%.*s %lld\n", (int)priced->sku.length, priced->sku.data, (long long)priced->net_cents);
    }
    printf("%lld %lld %lld\n", (long long)quote.freight_cents, (long long)quote.tax_cents, (long long)quote.total_cents);
    printf("%.*s\n", (int)quote.delivery.value.length, quote.delivery.is_some ? quote.delivery.value.data : "");

    order.customer.region = text("XX");
    show(call, pricing_run(call, &order, &quote));
    order.customer.tier = text("bronze");
    show(call, pricing_run(call, &order, &quote));
    order.items.length = 0;
    show(call, pricing_run(call, &order, &quote));
    relon_call_free(call);
    return 0;
}
