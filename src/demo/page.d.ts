/** What the build puts in place. */

declare const __BASE_PATH__: string
declare module '*.css'
