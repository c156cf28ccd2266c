/** What the build turns into a file of its own. */
declare module '*.css'
