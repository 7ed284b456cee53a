export function simPlot(p: unknown): void {
  void p
}
