/** The images that the live tests of the proxy run: one with haproxy and sh, one with python3. */
export function testImages(): { haproxy: string; python: string } {
  return { haproxy: 'localhost/hap-scratch', python: 'localhost/hap-scratch' }
}
