/** Everything that a run makes carries this label with the run's id as its value; clean-up goes by it alone. */
export const RUN_LABEL = 'scaletwin.run'
/** The process that the run belongs to; `live up` leaves 0: nobody's, until `live down`. */
export const OWNER_LABEL = 'scaletwin.owner'
/** What a container is: `proxy` or `replica`. */
export const ROLE_LABEL = 'scaletwin.role'
export const runLabel = (id: string): string => `${RUN_LABEL}=${id}`
export const resourceName = (id: string, what: string): string => `scaletwin-${id}-${what}`
