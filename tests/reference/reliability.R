# Reference values for tests/test_reliability.py: raw agreement, Cohen's kappa (package vcd) and Gwet's AC1 (by its
# formula, in base R). To make the CSV files beside this script again:
#   cd tests/reference && Rscript reliability.R
# Made with R 4.2.2 and vcd 1.4-11.

suppressPackageStartupMessages(library(vcd))

out <- function(frame, name) {
  numeric <- vapply(frame, is.numeric, TRUE)
  frame[numeric] <- lapply(frame[numeric], function(x) sprintf("%.15g", x))
  write.csv(frame, paste0(name, ".csv"), row.names = FALSE, quote = FALSE)
}

# The first is the example of Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition: 100 records put into
# three kinds by two abstractors. The second has hardly any variation, where kappa goes astray; the others are
# invented.
tables <- list(
  abstractors = matrix(c(13, 0, 0, 0, 20, 4, 0, 7, 56), 3),
  paradox = matrix(c(118, 2, 5, 0), 2),
  lopsided = matrix(c(30, 1, 0, 4, 9, 2, 3, 0, 6), 3),
  four = matrix(c(24, 1, 0, 2, 0, 15, 1, 0, 3, 0, 11, 0, 0, 1, 1, 4), 4),
  worse = matrix(c(2, 9, 8, 3), 2)
)

cells <- do.call(rbind, lapply(names(tables), function(name) {
  t <- tables[[name]]
  data.frame(table = name, a = letters[row(t)], b = letters[col(t)], pages = as.vector(t))
}))
out(cells, "agreement_tables")

values <- do.call(rbind, lapply(names(tables), function(name) {
  t <- tables[[name]]
  p <- t / sum(t)
  share <- (rowSums(p) + colSums(p)) / 2
  by_chance <- sum(share * (1 - share)) / (nrow(t) - 1)
  data.frame(table = name, agreement = sum(diag(p)), kappa = unname(Kappa(t)$Unweighted["value"]),
             ac1 = (sum(diag(p)) - by_chance) / (1 - by_chance))
}))
out(values, "agreement")
