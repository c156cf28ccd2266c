/** Stylesheets, which the build writes to files of their own. */
declare module '*.css'
