/** Asks whoever opens the page in a browser for a one-time code. Never shown in the desktop window. */
import { useState } from 'react'
import { Form } from 'react-aria-components'
import { errorWords } from '../../../node/words/error-words.ts'
import { useApi } from '../../connection/api-context.ts'
import { codeIn, signIn } from '../../connection/session.ts'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/field.tsx'
import { submitting } from '../../parts/form-dialog.tsx'
import { Mark } from '../../parts/notes.tsx'
import { useAction } from '../../parts/use-action.ts'
import { useConnection } from '../../stores/connection-store.ts'
import { t, words } from '../../words.ts'
import './sign-in.css'

export function SignInScreen() {
  const api = useApi()
  const [text, setText] = useState('')
  const enter = useAction(async () => {
    await signIn(codeIn(text))
    api.restart()
  })
  const byAddress = useConnection((state) => state.signInError)
  const error = enter.error ?? byAddress
  const said = error && errorWords(words, error.code, error.facts)
  return (
    <main className="sign-in" id="content">
      <div className="sign-in-card">
        <span className="sign-in-mark">
          <Mark size={44} />
        </span>
        <h1 className="sign-in-title">{t('signIn.title')}</h1>
        <p>{t('signIn.text')}</p>
        <pre className="command">
          <code>{t('signIn.command')}</code>
        </pre>
        <Form
          className="form"
          validationErrors={said ? { code: `${said.what} ${said.next}` } : {}}
          onSubmit={submitting(enter)}
        >
          <Field
            label={t('signIn.field')}
            hint={t('signIn.hint')}
            name="code"
            value={text}
            onChange={setText}
            isRequired
            isCode
            autoFocus
          />
          <Button kind="primary" type="submit" isDisabled={text.trim() === ''} isPending={enter.isRunning}>
            {t(enter.isRunning ? 'signIn.working' : 'signIn.submit')}
          </Button>
        </Form>
      </div>
    </main>
  )
}
