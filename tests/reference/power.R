# Reference values for tests/test_power.py, computed with base R alone (no packages). To make the CSV files again:
#   cd tests/reference && Rscript power.R
# Made with R 4.2.2.
# Power by enumerating every pair of counts and calling each a finding or not with the test itself.

out <- function(frame, name) {
  numeric <- vapply(frame, is.numeric, TRUE)
  frame[numeric] <- lapply(frame[numeric], function(x) sprintf("%.15g", x))
  write.csv(frame, paste0(name, ".csv"), row.names = FALSE, quote = FALSE)
}
options(warn = -1)  # prop.test and fisher.test warn of small counts

# Every pair of counts of two groups with its two-sided p-value: Fisher's as fisher.test() has it, Boschloo's as twice the
# smaller of the one-sided ones, each the largest probability, over the common rate, of a Fisher p-value as small.
p_values <- function(n1, n0) {
  grid <- expand.grid(a = 0:n1, c = 0:n0)
  grid$fisher <- mapply(function(a, c) fisher.test(matrix(c(a, n1 - a, c, n0 - c), 2))$p.value, grid$a, grid$c)
  rates <- seq(0, 1, length.out = 2001)
  one_sided <- function(statistic) vapply(statistic, function(s) {
    region <- grid[statistic <= s * (1 + 1e-9), ]
    max(vapply(rates, function(p) sum(dbinom(region$a, n1, p) * dbinom(region$c, n0, p)), 0))
  }, 0)
  more <- phyper(grid$a - 1, n1, n0, grid$a + grid$c, lower.tail = FALSE)
  less <- phyper(grid$a, n1, n0, grid$a + grid$c)
  grid$boschloo <- pmin(1, 2 * pmin(one_sided(more), one_sided(less)))
  grid
}

sizes <- data.frame(n1 = c(3, 6, 12), n0 = c(9, 14, 20))
truths <- data.frame(p1 = c(0.95, 0.3, 0.999, 0.5, 0.9), p0 = c(0.4, 0.85, 0.7, 0.5, 0.85))
power <- do.call(rbind, lapply(seq_len(nrow(sizes)), function(i) {
  n1 <- sizes$n1[i]; n0 <- sizes$n0[i]
  p <- p_values(n1, n0)
  do.call(rbind, lapply(c(0.05, 0.2), function(alpha) do.call(rbind, lapply(c("fisher", "boschloo"), function(test) {
    found <- p[[test]] < alpha
    more <- p$a * n0 > p$c * n1
    less <- p$a * n0 < p$c * n1
    do.call(rbind, lapply(seq_len(nrow(truths)), function(k) {
      chance <- dbinom(p$a, n1, truths$p1[k]) * dbinom(p$c, n0, truths$p0[k])
      data.frame(n1, n0, alpha, test, truths[k, ], higher = sum(chance[found & more]), lower = sum(chance[found & less]),
                 row.names = NULL)
    }))
  }))))
}))
out(power, "power")

# A coarse check at the study's own size: Fisher's power by enumeration, and power.prop.test() at equal groups.
n1 <- 41; n0 <- 310
grid <- expand.grid(a = 0:n1, c = 0:n0)
keep <- abs(grid$a / n1 - grid$c / n0) < 0.5  # the rest is found by any test
p <- numeric(nrow(grid))
p[keep] <- mapply(function(a, c) fisher.test(matrix(c(a, n1 - a, c, n0 - c), 2), conf.int = FALSE)$p.value, grid$a[keep], grid$c[keep])
fisher_at <- function(p1, p0) {
  more <- grid$a / n1 > grid$c / n0
  c(sum((dbinom(grid$a, n1, p1) * dbinom(grid$c, n0, p0))[p < 0.05 & more]),
    sum((dbinom(grid$a, n1, p1) * dbinom(grid$c, n0, p0))[p < 0.05 & !more]))
}
p0 <- 268 / 310
headline <- do.call(rbind, lapply(c(-0.2, -0.1, -0.05, 0.05, 0.1), function(d) {
  power <- fisher_at(p0 + d, p0)
  data.frame(n1, n0, p0, difference = d, power = if (d > 0) power[1] else power[2])
}))
out(headline, "power_headline")
coarse <- data.frame(n = c(100, 250), p1 = c(0.7, 0.75), p0 = c(0.86, 0.86))
coarse$power <- mapply(function(n, p1, p0) power.prop.test(n, p1, p0)$power, coarse$n, coarse$p1, coarse$p0)
out(coarse, "power_normal")
