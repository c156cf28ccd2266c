/** Owns the first step of the page: styles, then the page itself. */

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../react/styles.css'
import './styles.css'
import { App } from './app.tsx'

const root = document.getElementById('page')
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
