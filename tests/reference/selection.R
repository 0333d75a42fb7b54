# Reference values for tests/test_selection.py, computed with base R alone (no packages). To make the CSV files again:
#   cd tests/reference && Rscript selection.R
# Made with R 4.2.2.
# Corrected rates and their difference under given selection ratios, where they tip, E-values, and raking.

out <- function(frame, name) {
  numeric <- vapply(frame, is.numeric, TRUE)
  frame[numeric] <- lapply(frame[numeric], function(x) sprintf("%.15g", x))
  write.csv(frame, paste0(name, ".csv"), row.names = FALSE, quote = FALSE)
}
options(warn = -1)  # prop.test and fisher.test warn of small counts

wilson <- function(x, n) prop.test(x, n, correct = FALSE)$conf.int
# Dividing the sanctioned by the selection ratio gives back the odds before selection.
unselect <- function(p, s) {
  odds <- p / (1 - p) / s
  ifelse(is.infinite(odds), 1, odds / (1 + odds))
}
corrected <- function(x1, n1, x0, n0, s1, s0) {
  one <- unselect(c(x1 / n1, wilson(x1, n1)), s1)
  two <- unselect(c(x0 / n0, wilson(x0, n0)), s0)
  d <- one[1] - two[1]
  c(one[1], two[1], d, d - sqrt((one[1] - one[2])^2 + (two[3] - two[1])^2), d + sqrt((one[3] - one[1])^2 + (two[1] - two[2])^2))
}

tables <- data.frame(x1 = c(38, 61, 5, 3, 12), n1 = c(41, 68, 9, 17, 30), x0 = c(268, 410, 20, 20, 11), n0 = c(310, 618, 60, 40, 33))
ratios <- c(0.25, 0.7, 1, 3, 12)
surface <- do.call(rbind, lapply(seq_len(nrow(tables)), function(i) {
  grid <- expand.grid(s1 = ratios, s0 = ratios)
  t <- tables[i, ]
  values <- t(mapply(function(s1, s0) corrected(t$x1, t$n1, t$x0, t$n0, s1, s0), grid$s1, grid$s0))
  colnames(values) <- c("rate1", "rate0", "difference", "low", "high")
  data.frame(t, grid, values, row.names = NULL)
}))
out(surface, "selection_surface")

# Where the difference and its limits pass 0 when only the comparison's, only the reference's, or both ratios depart from 1.
paths <- list(comparison = function(k) c(k, 1), reference = function(k) c(1, 1 / k), both = function(k) c(sqrt(k), 1 / sqrt(k)))
tipping <- do.call(rbind, lapply(seq_len(nrow(tables)), function(i) do.call(rbind, lapply(names(paths), function(path) {
  t <- tables[i, ]
  pass <- function(which) exp(uniroot(function(l) {
    s <- paths[[path]](exp(l))
    corrected(t$x1, t$n1, t$x0, t$n0, s[1], s[2])[which]
  }, c(-8, 8), tol = 1e-14)$root)
  data.frame(t, path, equal = pass(3), low = pass(4), high = pass(5), row.names = NULL)
}))))
out(tipping, "selection_tipping")

# E-values: VanderWeele and Ding (2017); for selection, Smith and VanderWeele (2019), by solving their bounding factors
# rr * rr / (2 rr - 1) = RR and its square = RR.
solve_for <- function(f, target) if (target == 1) 1 else uniroot(function(r) f(r) - target, c(1, 1e6), tol = 1e-13)$root
factor <- function(r) r * r / (2 * r - 1)
ratio <- c(1, 1.01, 1.35, 2, 3.9, 1.8, 10.73, 73.1)
out(data.frame(ratio, e_value = vapply(ratio, function(x) solve_for(factor, x), 0),
               selection = vapply(ratio, function(x) solve_for(function(r) factor(r)^2, x), 0)), "e_values")

# Raking by loglin(): a sample of two traits, and the margins that it should have.
sample <- matrix(c(20, 6, 9, 14, 3, 8), 2, dimnames = list(status = c("former", "serving"), rank = c("a", "b", "c")))
wanted <- outer(c(former = 0.45, serving = 0.55), c(a = 0.5, b = 0.3, c = 0.2)) * sum(sample)
fitted <- loglin(wanted, list(1, 2), start = sample, fit = TRUE, print = FALSE, eps = 1e-13, iter = 1000)$fit
cells <- expand.grid(status = rownames(sample), rank = colnames(sample))
out(data.frame(cells, cases = c(sample), weight = c(fitted / sample)), "raking")
